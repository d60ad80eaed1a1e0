// The example of docs/webgpu.md is what the generator writes.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { sourceOf } from '../../../../src/backends/webgpu/kernels/mat-mul/register-tiles.ts';
import { codeOf } from '../../../../src/backends/webgpu/program.ts';

it('docs/webgpu.md shows the WGSL of its variant, in order, but for what it leaves out', () => {
  const page = readFileSync(new URL('../../../../docs/webgpu.md', import.meta.url), 'utf8');
  const shown = page.match(/```wgsl\n(.*?)```/s)![1]!;
  const written = codeOf(
    sourceOf({
      tile: 64,
      a: { alongK: true, fours: false },
      b: { alongK: false, fours: true },
      wide: true,
      half: false,
      scaled: 'none',
      accumulated: false,
      bias: true,
      preActivation: true,
      residual: false,
    }),
  );
  const pieces = shown.split(/^ *\/\/ …$/m).map(linesOf);
  expect(pieces.length).toBeGreaterThan(1);
  let rest = linesOf(written);
  for (const piece of pieces) {
    const at = rest.indexOf(piece);
    expect(at, piece).toBeGreaterThanOrEqual(0);
    rest = rest.slice(at + piece.length);
  }
  expect(rest).toBe('');
});

/** Without empty lines, and without lines that are only a comment. */
function linesOf(code: string): string {
  return code
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('//'))
    .join('\n');
}
