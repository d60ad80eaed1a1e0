// The losses of sequences of two thousand steps, of weights as large as thirty: nothing overflows or is lost.
import { beforeAll, describe, expect, it } from 'vitest';
import { testBackends } from './backends.ts';
import { slope } from './finite-differences.ts';
import { gradientsOf, outputsOf } from './measure.ts';
import { mapValues, normal, whole } from './op-case.ts';
import { crfLoss, ctcLoss } from './sequence-cases.ts';

const T = 2000;
const target = whole('target', [20], 4).data.map((id) => 1 + id);
const CASES = [
  crfLoss({ T, K: 4, lengths: [T], scale: 30 }),
  ctcLoss({ T, V: 5, rows: [[T, target]], scale: 30 }),
];

const { present } = await testBackends();
// As many operations as there are steps are slow, in software on a GPU all the more, and the same numbers on each backend.
const here = present.filter(({ name }) => name === 'composed' || name.startsWith('native'));

describe.each(here)('$name', (backend) => {
  beforeAll(() => backend.start());

  it.each(CASES)('$op $name', async (opCase) => {
    const { inputs, constants } = opCase;
    const expected = opCase.reference({ ...inputs, ...constants }).loss!;
    const { loss } = await outputsOf(opCase);
    expect(loss!.data).toAgree(expected.data, backend.tolerance.value);
    const gradients = await gradientsOf(opCase, { loss: { shape: [], data: [1] } });
    const direction = mapValues(gradients, ({ shape }, name) => normal(`direction ${name}`, shape).data);
    const along = Object.entries(gradients).flatMap(([name, { data }]) =>
      data.map((value, i) => value * direction[name]![i]!),
    );
    expect(along.every(Number.isFinite)).toBe(true);
    const change = slope(
      (moved) => opCase.reference({ ...moved, ...constants }).loss!.data[0]!,
      inputs,
      direction,
    );
    const size = along.reduce((total, term) => total + Math.abs(term), 0);
    const difference = change - along.reduce((total, term) => total + term, 0);
    expect(Math.abs(difference) / size).toBeLessThan(backend.tolerance.gradient);
  });
});
