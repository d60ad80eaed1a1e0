// What a comparison says in words: who is ahead, how far that can be told, how a law runs, and how it was all measured.
import { formatCount, signed } from '../base/format.ts';
import type { ComparisonEntry, ComparisonReport, Scaling } from './findings.ts';
import { words } from './plan.ts';
import { areApart, sampleOf } from './statistics.ts';
import { SWEEP_SHARE } from './sweep.ts';
import { withSpread } from './table.ts';

export function titleOf({ entries }: ComparisonReport): string {
  const archs = [...new Set(entries.map(({ arch }) => arch))];
  const names = archs.length > 1 ? `${archs.slice(0, -1).join(', ')} and ${archs.at(-1)}` : archs[0];
  return `${names} compared`;
}

/** Nothing is called better inside the spread of the seeds. */
export function verdictOf({ entries }: ComparisonReport): string {
  const { figures } = entries[0]!.runs[0]!;
  const ranking = Math.max(
    0,
    figures.findIndex(({ best }) => best),
  );
  const { label, unit = '', best = 'lowest' } = figures[ranking]!;
  const sign = best === 'lowest' ? 1 : -1;
  const ranked = entries
    .map(({ name, runs }) => ({ name, figure: sampleOf(runs.map((run) => run.figures[ranking]!.value)) }))
    .sort((a, b) => sign * (a.figure.mean - b.figure.mean));
  const [{ name, figure }, ...others] = ranked as [(typeof ranked)[0], ...typeof ranked];
  const behind = others.map((other) => {
    const difference = `${other.name} ${signed(other.figure.mean - figure.mean, 4)}`;
    const isTold = figure.count === 1 || areApart(figure, other.figure);
    return isTold ? difference : `${difference}, inside the spread`;
  });
  const list = behind.length > 0 ? ` (${behind.join('; ')})` : '';
  const seeds = figure.count > 1 ? ` over ${figure.count} seeds` : '';
  const first = best === 'lowest' ? 'Lowest' : 'Highest';
  return `${first} ${label}: ${name}, ${withSpread(figure, 4)} ${unit}${seeds}${list}.`;
}

export function floorSentence({ floor }: ComparisonReport): string | undefined {
  return floor
    ? `The floor is the validation text's own entropy, ${floor.loss.toFixed(4)} nats per token or ${floor.bitsPerByte.toFixed(4)} bits per byte: \
the text was generated with known probabilities, and no model can expect to lose less (\`docs/stories.md\` of tsgpt says why).`
    : undefined;
}

export function scalingSentences({ scaling = [], floor }: ComparisonReport): string[] {
  return scaling.map(({ arch, law }) => {
    const what = floor ? 'the loss above the floor' : 'the loss';
    return law
      ? `${arch}: ${what} falls as ${law.factor.toPrecision(3)} · parameters^${powerOf(law)}.`
      : `${arch}: no power law can be fitted.`;
  });
}

function powerOf({ exponent, error }: NonNullable<Scaling['law']>): string {
  const power = exponent.toFixed(3).replace('-', '−');
  return error === undefined ? power : `${power} ± ${error.toFixed(3)}`;
}

/** How it was measured, a sentence each. */
export function methodOf(report: ComparisonReport): string[] {
  const { data, entries, match, budget, equalTerms, machine, backend, precision, scaling, compressors } =
    report;
  const { tokenizer, splits } = data;
  const first = entries[0]!;
  const { seed, evalTokens } = first.settings;
  const seeds = first.runs.map((run) => run.seed);
  const kinds = `${formatCount(tokenizer.vocabSize)} kinds of token`;
  return [
    `Text: ${data.source}, in ${data.folder}; ${formatCount(splits.train.tokens)} training and ${formatCount(splits.val.tokens)} validation tokens; split: ${data.splitRule}.`,
    `Tokenizer: ${tokenizer.name}, ${kinds}, the same for all, so their perplexities may be compared.`,
    `Budget of each: ${words(budget)}, rounded up to whole steps.`,
    `All saw the same batches in the same order: ${report.batch}, drawn from seed ${seeds.join(', then ')}.`,
    scaling
      ? 'The width of each was chosen so that its parameter count comes nearest to the size.'
      : match === 'parameters'
        ? `The width of each but the first was chosen so that its parameter count comes nearest to that of ${first.name}.`
        : 'Parameter counts were not matched.',
    ...entries.map(settingsSentence),
    ...(seeds.length > 1
      ? [
          `± is the standard deviation over the ${seeds.length} seeds; means that differ by less than both of them are not told apart.`,
        ]
      : [`There is one seed, ${seed}: how much chance changes the losses is not known.`]),
    `Measured: the checkpoint with the lowest validation loss, over all ${formatCount(first.runs[0]!.evaluation.tokens)} predicted tokens of the validation split.`,
    ...entries.map(({ name, runs }) => `Conditions of ${name}: ${runs[0]!.conditions}.`),
    ...(equalTerms ? [`With ${equalTerms}, each architecture has the same tokens to look back on.`] : []),
    `The curves are measured as the loss is, on at most about ${formatCount(evalTokens)} tokens spread over the split.`,
    ...(first.runs[0]!.profile
      ? [
          'Loss by position and calibration are measured in whole windows that start afresh, spread over the split; shuffled, with the tokens of each window in a random order.',
        ]
      : []),
    ...(compressors.length > 0
      ? [
          'A compressor’s bits are those that the validation text adds to the compressed training text before it.',
        ]
      : []),
    'Training time is spent in steps alone, without evaluations; the speed is that of the median step; memory is the forecast.',
    'FLOPs count matrix products and attention, a multiply-add as two, the backward pass as twice the forward pass.',
    `Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.platform}, Node ${machine.node}; backend ${backend.name} (${backend.detail}), ${precision}.`,
  ];
}

function settingsSentence({ name, shape, settings, sweep }: ComparisonEntry): string {
  const { learningRate, minLearningRate, schedule } = settings;
  const dropout = 'dropout' in settings ? `, dropout ${settings.dropout}` : '';
  const found = sweep
    ? `; of ${sweep.map(({ rate }) => rate).join(', ')} this rate led to the lowest loss on ${SWEEP_SHARE * 100} % of the budget`
    : '';
  return `Settings of ${name}: ${shape}${dropout}; learning rate ${learningRate} to ${Number(minLearningRate.toPrecision(3))}, ${schedule}${found} (all settings: report.json).`;
}
