// Shape and dtype checks for ops: `dims('linear', { x: [x, '… I'], weight: [w, 'I O'] })` → { I, O }.
import type { Tensor } from '#tfjs';

type Checked = Record<string, readonly [tensor: Tensor, pattern: string, dtype?: 'float32' | 'int32']>;

/** Sizes by letter. One letter means one size throughout; `…` in front stands for any leading sizes, '' for a scalar. */
export function dims(op: string, inputs: Checked): Record<string, number> {
  const sizes: Record<string, number> = {};
  for (const [name, [tensor, pattern, dtype = 'float32']] of Object.entries(inputs)) {
    const letters = pattern.split(' ').filter(Boolean);
    const open = letters[0] === '…';
    if (open) letters.shift();
    const shape = tensor.shape.slice(open ? -letters.length : 0);
    const fits =
      (open ? tensor.rank >= letters.length : tensor.rank === letters.length) &&
      letters.every((letter, i) => {
        sizes[letter] ??= shape[i]!;
        return sizes[letter] === shape[i];
      });
    if (!fits) {
      const known = Object.entries(sizes).map(([letter, size]) => `${letter}=${size}`);
      const given = known.length > 0 ? ` with ${known.join(', ')}` : '';
      throw new Error(`${op}: expected ${name} of shape (${pattern})${given}, but got (${tensor.shape})`);
    }
    if (tensor.dtype !== dtype) {
      throw new Error(`${op}: expected ${name} of type ${dtype}, but got ${tensor.dtype}`);
    }
  }
  return sizes;
}
