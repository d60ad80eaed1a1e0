// Contenders measured in turn, and what the tables of results are made with.
import { formatCount } from '../dist/base/format.js';
import { median } from '../dist/base/median.js';
import { measureOnce } from './contenders.mjs';

const NUMBERS = [
  'msPerStep',
  'tokensPerSecond',
  'gflopsPerSecond',
  'peakMemoryBytes',
  'gpuMemoryBytes',
  'gpuIdle',
];

/**
 * Each in a process of its own, never two at once, all in turn (A B C, A B C, …). One result for each contender that
 * could run, with medians over the runs. `limits()` says how many steps and seconds the next one has.
 */
export function compare(config, contenders, runs, limits = () => ({})) {
  const own = contenders.filter(({ only }) => only === undefined || only.includes(config));
  const measured = new Map(own.map((contender) => [contender, []]));
  for (let run = 1; run <= runs; run++) {
    for (const [contender, results] of measured) {
      if (contender.slow && run > 1) continue;
      const { result, error } = measureOnce(contender, config, limits());
      const said = result ? `${formatCount(result.tokensPerSecond)} tokens/s` : `left out: ${error}`;
      note(`${config} · run ${run}/${runs} · ${contender.name} · ${said}`);
      if (result) results.push(result);
      else measured.delete(contender);
    }
  }
  return [...measured].map(([{ side }, results]) => ({ ...results[0], side, ...medians(results) }));
}

function medians(results) {
  const present = NUMBERS.filter((key) => Number.isFinite(results[0][key]));
  const middle = present.map((key) => [key, median(results.map((result) => result[key]))]);
  return { ...Object.fromEntries(middle), runs: results.map(({ tokensPerSecond }) => tokensPerSecond) };
}

/** The fastest of a side. */
export function best(results, config, side) {
  return results
    .filter((result) => result.config === config && result.side === side)
    .sort((a, b) => b.tokensPerSecond - a.tokensPerSecond)[0];
}

/** A dash for what was not measured. */
export function shown(value, format = formatCount) {
  return Number.isFinite(value) ? format(value) : '–';
}

export function times(ratio) {
  return `${ratio.toFixed(2)} ×`;
}

/** Markdown; the first column is text, the others numbers. */
export function table(heads, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const head = heads.split(', ');
  return [line(head), `|---|${'---:|'.repeat(head.length - 1)}`, ...rows.map(line)];
}

/** A flag's whole number of 1 or more. */
export function whole(flag, text) {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new Error(`expected --${flag} 1 or more, but got ${text}`);
}

export function note(text) {
  process.stderr.write(`${text}\n`);
}

/** Wrong usage is told in a line. */
export async function told(main) {
  try {
    await main();
  } catch (error) {
    note(`error: ${error.message}${error.hint ? `\n  → ${error.hint}` : ''}`);
    process.exitCode = 2;
  }
}
