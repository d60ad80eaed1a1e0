// An axis of a chart: where its ticks stand, and how its values are written.
import { formatCount, formatDuration, formatScientific } from '../../src/base/format.ts';
import type { Axis } from '../../src/comparison/page/figure.ts';

/** What stands between powers of ten, from few to many. */
const STEPS = [[1], [1, 3], [1, 2, 5]];

/** At most about `most` of them. */
export function ticks({ log }: Axis, low: number, high: number, most: number): number[] {
  if (!log) return evenTicks(low, high, most);
  const fitting = STEPS.map((steps) => logTicks(low, high, steps)).filter(
    ({ length }) => length >= 2 && length <= most,
  );
  if (fitting.length > 0) return fitting.at(-1)!;
  const powers = logTicks(low, high, [1]);
  const every = Math.ceil(powers.length / most);
  return powers.length > most ? powers.filter((_, i) => i % every === 0) : evenTicks(low, high, most);
}

function logTicks(low: number, high: number, steps: readonly number[]): number[] {
  const [first, last] = [Math.floor(Math.log10(low)), Math.floor(Math.log10(high))];
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
    .flatMap((power) => steps.map((step) => step * 10 ** power))
    .filter((value) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9));
}

/** At multiples of 1, 2 or 5 times a power of ten. */
function evenTicks(low: number, high: number, most: number): number[] {
  const rough = (high - low) / most;
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((n) => n * power >= rough * 0.999)!;
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
}

/** Of a tick: as short as it can be. */
export function tickText({ format }: Axis, value: number): string {
  const short = Number(value.toPrecision(6));
  switch (format) {
    case 'count':
      return new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 4 }).format(
        short,
      );
    case 'flops':
      return formatScientific(value).replaceAll(' ', '');
    case 'seconds':
      return durationTick(short);
    case 'share':
      return `${Math.round(100 * value)} %`;
    default:
      return String(short);
  }
}

/** Whole minutes and hours are written as such. */
function durationTick(seconds: number): string {
  if (seconds === 0) return '0';
  const [unit, size] = seconds >= 3600 ? ['h', 3600] : seconds >= 60 ? ['min', 60] : ['s', 1];
  return `${Number((seconds / size).toFixed(2))} ${unit}`;
}

/** Of a point that was measured. */
export function valueText({ format }: Axis, value: number): string {
  switch (format) {
    case 'count':
      return formatCount(value);
    case 'flops':
      return formatScientific(value);
    case 'seconds':
      return formatDuration(value);
    case 'share':
      return `${(100 * value).toFixed(1)} %`;
    case 'loss':
      return value.toFixed(4);
    case 'rate':
      return String(Number(value.toPrecision(4)));
  }
}
