// report.md: the same facts as the page, for a repository or a terminal.
import type { ComparisonReport } from './findings.ts';
import { floorSentence, methodOf, scalingSentences, titleOf, verdictOf } from './sentences.ts';
import { tableOf } from './table.ts';

export function asMarkdown(report: ComparisonReport): string {
  const [header, ...rows] = tableOf(report);
  const cells = (row: string[]) => `| ${row.join(' | ')} |`;
  const rule = header!.map((_, i) => (i === 0 ? '---' : '---:'));
  const parts = [
    `# ${titleOf(report)}`,
    verdictOf(report),
    [header!, rule, ...rows].map(cells).join('\n'),
    floorSentence(report),
    ...scalingOf(report),
    'Curves, loss by position and calibration are in `report.html`.',
    ...samplesOf(report),
    '## How it was measured',
    list(methodOf(report)),
  ];
  return `${parts.filter((part) => part !== undefined).join('\n\n')}\n`;
}

function scalingOf(report: ComparisonReport): string[] {
  return report.scaling ? ['## Scaling', list(scalingSentences(report))] : [];
}

function samplesOf({ entries, sampling }: ComparisonReport): string[] {
  if (!sampling) return [];
  const { given, prompt, temperature, maxTokens, seed } = sampling;
  const begun =
    prompt === '' ? 'No prompt' : `${given === 'source' ? 'Source' : 'Prompt'} ${JSON.stringify(prompt)}`;
  const before = given === 'source' ? '' : prompt;
  return [
    '## Samples',
    `${begun}, temperature ${temperature}, at most ${maxTokens} tokens, seed ${seed}.`,
    ...entries.flatMap(({ name, runs }) => [`### ${name}`, codeBlock(before + (runs[0]!.sample ?? ''))]),
  ];
}

function list(sentences: string[]): string {
  return sentences.map((sentence) => `- ${sentence}`).join('\n');
}

/** Indented, since no text can end such a block; long lines are broken between words. */
function codeBlock(text: string): string {
  const lines = text
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .flatMap((line) => line.match(/.{1,96}(?:\s|$)|.{1,96}/gu) ?? ['']);
  return lines.map((line) => `    ${line}`.trimEnd()).join('\n');
}
