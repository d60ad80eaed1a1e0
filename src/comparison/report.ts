// What a comparison found, as data, as a table, as report.md and as a picture. Pure: nothing here trains or writes files.
import { lineChart } from '../base/chart.ts';
import { formatCount, formatDuration } from '../base/format.ts';
import type { DataMeta } from '../data/meta.ts';
import type { Floor } from '../evaluation/floor.ts';
import type { RunRecord } from '../run/record.ts';
import type { Settings } from '../settings/settings.ts';
import type { Figure, Measures } from '../tasks/task.ts';
import type { Match } from './match.ts';

export interface ComparisonReport {
  format: 1;
  created: string;
  data: DataMeta & { folder: string };
  match: Match;
  /** How all were measured a second time, so that memory is no advantage; absent where the task has no such way. */
  equalTerms?: string | undefined;
  backend: RunRecord['backend'];
  precision: RunRecord['precision'];
  machine: RunRecord['machine'];
  /** Absent where the text's own entropy is not known. */
  floor?: Floor;
  sampling: { temperature: number; maxTokens: number; seed: number };
  entries: ComparisonEntry[];
}

export interface ComparisonEntry {
  arch: string;
  /** The model's shape, in words. */
  shape: string;
  /** The checkpoint that was evaluated: the best of its run. */
  checkpoint: string;
  settings: Settings;
  parameters: number;
  /** How many tokens it was trained on. */
  tokens: number;
  /** Seconds that its training steps took. */
  seconds: number;
  /** The speed of the median step, so that warming up does not count. */
  tokensPerSecond: number;
  /** Over the whole validation split, as `tsgpt eval` measures it. */
  evaluation: Measures;
  figures: Figure[];
  conditions: string;
  /** The same on equal terms. */
  afresh: Measures;
  /** Validation loss as training went on; the loss of every step is in the run's log.jsonl. */
  curve: CurvePoint[];
  /** Absent where such models write nothing. */
  sample: string | undefined;
}

export type CurvePoint = [tokens: number, loss: number];

/** The table's rows, the header first, with a column for each architecture. */
export function tableOf({ entries, floor, equalTerms }: ComparisonReport): string[][] {
  const row = (label: string, cell: (entry: ComparisonEntry) => string) => [label, ...entries.map(cell)];
  const first = entries[0]!;
  const [measured, ...others] = first.figures.map(({ label, unit }, i) =>
    row(unit ? `${label}, ${unit}` : label, ({ figures }) => figures[i]!.text),
  );
  return [
    row('', ({ arch }) => arch),
    row('parameters', ({ parameters }) => formatCount(parameters)),
    row('difference in parameters', (entry) =>
      entry === first ? '–' : signed((entry.parameters / first.parameters - 1) * 100, 2, '%'),
    ),
    row('tokens trained on', ({ tokens }) => formatCount(tokens)),
    row('training time', ({ seconds }) => formatDuration(seconds)),
    row('training speed, tokens/s', ({ tokensPerSecond }) => formatCount(tokensPerSecond)),
    measured!,
    ...(equalTerms ? [row(`loss, ${equalTerms}`, ({ afresh }) => afresh.loss.toFixed(4))] : []),
    ...others,
    ...(floor
      ? [row('loss above the floor', ({ evaluation }) => signed(evaluation.loss - floor.loss, 4))]
      : []),
  ];
}

export function asText(report: ComparisonReport): string {
  const rows = tableOf(report);
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  return [...rows.map(line), '', verdict(report)].join('\n');
}

/** `picture`: the file that chartOf's SVG was written to, beside the report. */
export function asMarkdown(report: ComparisonReport, picture: string): string {
  const [header, ...rows] = tableOf(report);
  const cells = (row: string[]) => `| ${row.join(' | ')} |`;
  const rule = header!.map((_, i) => (i === 0 ? '---' : '---:'));
  return `# ${titleOf(report)}

${verdict(report)}

${[header!, rule, ...rows].map(cells).join('\n')}

![Validation loss against tokens seen](${picture})

${floorSentence(report)}${samplesOf(report)}## How it was measured

${methodOf(report)
  .map((sentence) => `- ${sentence}`)
  .join('\n')}
`;
}

export function chartOf(report: ComparisonReport): string {
  const { entries, floor } = report;
  return lineChart({
    title: titleOf(report),
    xLabel: 'tokens seen',
    yLabel: 'validation loss, nats per token',
    series: entries.map(({ arch, curve }) => ({ name: arch, points: curve })),
    lines: floor ? [{ name: 'floor', y: floor.loss }] : [],
  });
}

function titleOf({ entries }: ComparisonReport): string {
  return `${entries.map(({ arch }) => arch).join(' and ')} on the same tokens`;
}

function verdict({ entries }: ComparisonReport): string {
  const [best, ...others] = entries.toSorted((a, b) => a.evaluation.loss - b.evaluation.loss);
  const behind = others.map(
    (entry) => `${entry.arch} ${signed(entry.evaluation.loss - best!.evaluation.loss, 4)}`,
  );
  return `Lowest loss: ${best!.arch}, ${best!.evaluation.loss.toFixed(4)} nats per token${behind.length > 0 ? ` (${behind.join(', ')})` : ''}.`;
}

function floorSentence({ floor }: ComparisonReport): string {
  if (!floor) return '';
  return `The floor is the validation text's own entropy, ${floor.loss.toFixed(4)} nats per token or ${floor.bitsPerByte.toFixed(4)} bits per byte: \
the text was generated with known probabilities, and no model can expect to lose less (\`docs/stories.md\` of tsgpt says why).

`;
}

function samplesOf({ entries, sampling }: ComparisonReport): string {
  const samples = entries.flatMap(({ arch, sample }) =>
    sample === undefined ? [] : [`### ${arch}\n\n${codeBlock(sample)}\n\n`],
  );
  if (samples.length === 0) return '';
  const { temperature, maxTokens, seed } = sampling;
  return `## Samples

No prompt, temperature ${temperature}, at most ${maxTokens} tokens, seed ${seed}.

${samples.join('')}`;
}

function methodOf(report: ComparisonReport): string[] {
  const { data, entries, match, equalTerms, machine, backend, precision } = report;
  const { tokenizer, splits } = data;
  const first = entries[0]!;
  const { batchSize, context, seed, evalTokens } = first.settings;
  const kinds = `${formatCount(tokenizer.vocabSize)} kinds of token`;
  return [
    `Text: ${data.source}, in ${data.folder}; ${formatCount(splits.train.tokens)} training and ${formatCount(splits.val.tokens)} validation tokens; split: ${data.splitRule}.`,
    `Tokenizer: ${tokenizer.name}, ${kinds}, the same for all, so their perplexities may be compared.`,
    `Every architecture saw the very same batches in the same order: ${batchSize} windows of ${context} tokens, drawn from seed ${seed}.`,
    match === 'parameters'
      ? `The width of each but the first was chosen so that its parameter count comes nearest to that of ${first.arch}.`
      : 'Parameter counts were not matched.',
    ...entries.map(settingsSentence),
    `Measured: the checkpoint with the lowest validation loss, over all ${formatCount(first.evaluation.tokens)} predicted tokens of the validation split.`,
    ...entries.map(({ arch, conditions }) => `Conditions of ${arch}: ${conditions}.`),
    ...(equalTerms ? [`With ${equalTerms}, each architecture has the same tokens to look back on.`] : []),
    `The curves are measured as the loss is, on at most about ${formatCount(evalTokens)} tokens spread over the split.`,
    'Training time is spent in steps alone, without evaluations; the speed is that of the median step.',
    `Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.platform}, Node ${machine.node}; backend ${backend.name} (${backend.detail}), ${precision}.`,
  ];
}

function settingsSentence({ arch, shape, settings }: ComparisonEntry): string {
  const { learningRate, minLearningRate, schedule } = settings;
  const dropout = 'dropout' in settings ? `, dropout ${settings.dropout}` : '';
  return `Settings of ${arch}: ${shape}${dropout}; learning rate ${learningRate} to ${minLearningRate}, ${schedule} (all settings: report.json).`;
}

function signed(value: number, digits: number, unit = ''): string {
  const text = value.toFixed(digits);
  return `${value < 0 ? text.replace('-', '−') : `+${text}`}${unit}`;
}

/** Indented, since no text can end such a block; long lines are broken between words. */
function codeBlock(text: string): string {
  const lines = text
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .flatMap((line) => line.match(/.{1,96}(?:\s|$)|.{1,96}/gu) ?? ['']);
  return lines.map((line) => `    ${line}`.trimEnd()).join('\n');
}
