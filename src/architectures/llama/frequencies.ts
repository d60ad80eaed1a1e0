// The frequencies of rotary positions, in radians a position, and Llama 3's scaling of them for contexts longer than those of
// its first training.

export const SCALING_FORM = /^(none|llama3(:\d+(\.\d+)?){4})$/;

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

/** headSize / 2 of them, from 1 down. */
export function frequenciesOf(rope: { headSize: number; ropeTheta: number; ropeScaling: string }): number[] {
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
