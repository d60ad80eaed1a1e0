// Contenders measured in turn, and what the tables of results are made with.
import { formatCount } from '#dist/base/format.js';
import { median } from '#dist/base/median.js';
import { measureOnce } from './contenders.mjs';

/** @import { Contender, Limits, Result, Summary } from './types.ts' */

/** @satisfies {(keyof Result)[]} */
const NUMBERS = /** @type {const} */ ([
  'msPerStep',
  'tokensPerSecond',
  'gflopsPerSecond',
  'peakMemoryBytes',
  'gpuMemoryBytes',
  'gpuIdle',
]);

/**
 * Runs each contender in a process of its own, never two at once, all in turn (A B C, A B C, …). There is one result for
 * each that could run, with medians over the runs. `limits()` says how many steps and seconds the next one has.
 *
 * @param {string} config
 * @param {readonly Contender[]} contenders
 * @param {number} runs
 * @param {() => Limits} limits
 * @returns {Summary[]}
 */
export function compare(config, contenders, runs, limits = () => ({})) {
  const own = contenders.filter(({ only }) => only === undefined || only.includes(config));
  /** @type {Map<Contender, Result[]>} */
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
  return [...measured].map(([{ side }, results]) => summary(side, results));
}

/**
 * @param {string} side
 * @param {readonly Result[]} results
 * @returns {Summary}
 */
function summary(side, results) {
  const [first] = results;
  if (first === undefined) throw new Error(`no run of ${side} was measured`);
  const medians = NUMBERS.flatMap((key) => {
    const values = results.map((result) => result[key]).filter((value) => typeof value === 'number');
    return values.length === results.length ? [[key, median(values)]] : [];
  });
  const runs = results.map(({ tokensPerSecond }) => tokensPerSecond);
  return { ...first, side, ...Object.fromEntries(medians), runs };
}

/**
 * The fastest of a side.
 *
 * @param {readonly Summary[]} results
 * @param {string} config
 * @param {string} side
 */
export function best(results, config, side) {
  return results
    .filter((result) => result.config === config && result.side === side)
    .sort((a, b) => b.tokensPerSecond - a.tokensPerSecond)[0];
}

/**
 * A number as text, or a dash for what was not measured.
 *
 * @param {number | null | undefined} value
 * @param {(value: number) => string} format
 */
export function shown(value, format = formatCount) {
  return typeof value === 'number' && Number.isFinite(value) ? format(value) : '–';
}

/**
 * NaN, which `shown` takes for a dash, unless both were measured.
 *
 * @param {number | null | undefined} value
 * @param {number | null | undefined} by
 */
export function over(value, by) {
  return (value ?? Number.NaN) / (by ?? Number.NaN);
}

/** @param {number} ratio */
export function times(ratio) {
  return `${ratio.toFixed(2)} ×`;
}

/**
 * A table in Markdown: the first column is text, the others are numbers.
 *
 * @param {string} heads
 * @param {readonly (readonly string[])[]} rows
 */
export function table(heads, rows) {
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(' | ')} |`;
  const head = heads.split(', ');
  return [line(head), `|---|${'---:|'.repeat(head.length - 1)}`, ...rows.map(line)];
}

/**
 * A flag's whole number of 1 or more.
 *
 * @param {string} flag
 * @param {string} text
 */
export function whole(flag, text) {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new Error(`expected --${flag} 1 or more, but got ${text}`);
}

/** @param {string} text */
export function note(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * Runs the program; what a user did wrong is told in a line.
 *
 * @param {() => unknown} main
 */
export async function told(main) {
  try {
    await main();
  } catch (error) {
    const { message, hint } = /** @type {Error & { hint?: string }} */ (error);
    note(`error: ${message}${hint ? `\n  → ${hint}` : ''}`);
    process.exitCode = 2;
  }
}
