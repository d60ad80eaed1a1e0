// Numbers as people read them.

/** 1003854 → "1,003,854" */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** 12345.6, "tokens" → "12,346 tokens/s"; 3.14159, "steps" → "3.14 steps/s" */
export function formatRate(perSecond: number, unit: string): string {
  return `${perSecond >= 99.95 ? formatCount(perSecond) : perSecond.toPrecision(3)} ${unit}/s`;
}

/** Thousands of millions of operations: 186.2 → "186 GFLOP/s", 52345 → "52.3 TFLOP/s" */
export function formatFlops(gflopsPerSecond: number): string {
  const [rate, unit] =
    gflopsPerSecond < 999.5 ? [gflopsPerSecond, 'GFLOP/s'] : [gflopsPerSecond / 1000, 'TFLOP/s'];
  return `${rate.toPrecision(3)} ${unit}`;
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** 61400000000000 → "6.14 × 10¹³", 0.00012 → "1.2 × 10⁻⁴", 0 → "0" */
export function formatScientific(value: number): string {
  if (value === 0) return '0';
  const [factor, exponent] = value.toExponential(2).split('e');
  const power = Array.from(exponent!.replace('+', ''), (digit) => SUPERSCRIPTS[Number(digit)] ?? '⁻').join(
    '',
  );
  return `${Number(factor)} × 10${power}`;
}

/** 2.34 → "2.3 s", 754 → "12 min 34 s", 7500 → "2 h 05 min", 180000 → "2 d 02 h" */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${twoDigits(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
  const hours = Math.round(seconds / 3600);
  return `${Math.floor(hours / 24)} d ${twoDigits(hours % 24)} h`;
}

/** 512 → "512 B", 1536 → "1.5 KiB" */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  // 1023.95 would be shown as 1024.0
  for (; value >= (unit === 0 ? 1024 : 1023.95) && unit < units.length - 1; unit++) value /= 1024;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** 0.1234 → "12 %" */
export function formatShare(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function twoDigits(n: number): string {
  return String(n).padStart(2, '0');
}

/** "1 layer", "2 layers" */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** +0.0120, −0.0120 */
export function signed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return value < 0 ? text.replace('-', '−') : `+${text}`;
}
