// The frequencies of rotary positions, in radians a position, and Llama 3's scaling of them for contexts longer than those of
// its first training.

export const SCALING_FORM = /^(none|llama3(:\d+(\.\d+)?){4})$/;

export const LOCAL_FORM = /^(none|\d+(\.\d+)?:[1-9]\d*)$/;

/** Wavelengths longer than original / low are stretched by the factor, shorter than original / high are not. */
export interface RopeScaling {
  factor: number;
  low: number;
  high: number;
  original: number;
}

/** "llama3:32:1:4:8192", as the setting has it; nothing where it is "none". */
export function readScaling(text: string): RopeScaling | undefined {
  const [name, factor, low, high, original] = text.split(':');
  if (name === 'none') return undefined;
  return { factor: Number(factor), low: Number(low), high: Number(high), original: Number(original) };
}

export function writeScaling({ factor, low, high, original }: RopeScaling): string {
  return `llama3:${factor}:${low}:${high}:${original}`;
}

/** What the frequencies of rotary positions follow from. */
interface Rope {
  headSize: number;
  ropeTheta: number;
  ropeScaling: string;
}

/** Another base in all blocks but every nth, "10000:6" as the setting has it; nothing where it is "none". */
export function readLocal(text: string): { theta: number; every: number } | undefined {
  const [theta, every] = text.split(':');
  return theta === 'none' ? undefined : { theta: Number(theta), every: Number(every) };
}

/** What a block's frequencies follow from. */
export function ropeAt<R extends Rope & { localRope: string }>(rope: R, layer: number): R {
  const local = readLocal(rope.localRope);
  if (local === undefined || (layer + 1) % local.every === 0) return rope;
  return { ...rope, ropeTheta: local.theta, ropeScaling: 'none' };
}

/** headSize / 2 of them, from 1 down. */
export function frequenciesOf(rope: Rope): number[] {
  const { headSize, ropeTheta } = rope;
  const scaling = readScaling(rope.ropeScaling);
  return Array.from({ length: headSize / 2 }, (_, i) => {
    const frequency = ropeTheta ** ((-2 * i) / headSize);
    return scaling ? scaled(frequency, scaling) : frequency;
  });
}

function scaled(frequency: number, { factor, low, high, original }: RopeScaling): number {
  const turns = (original * frequency) / (2 * Math.PI); // within the original context
  const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
  return kept * frequency + ((1 - kept) * frequency) / factor;
}
