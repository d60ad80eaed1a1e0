// Every case of the table on every backend here: values against a float64 reference, gradients against that reference's
// finite differences, and nothing left behind.
import { beforeAll, describe, expect, it } from 'vitest';
import { keyFor, Stream } from '../../src/base/random.ts';
import { testBackends } from './backends.ts';
import { CASES } from './cases.ts';
import { partialDerivative, slope } from './finite-differences.ts';
import { gradientsOf, outputsOf, shapesOf } from './measure.ts';
import { type Arrays, mapValues, normal, type OpCase } from './op-case.ts';

/** How many elements of a large input have their derivative taken one by one. */
const SAMPLED = 20;

const { present, absent } = await testBackends();

/** What the reference says of a case, which takes longer than most backends and is the same for all of them. */
const said = new Map<OpCase, Map<string, unknown>>();

for (const { name, reason } of absent) it.skip(`${name} is not here: ${reason}`, () => {});

describe.each(present)('$name', (backend) => {
  beforeAll(() => backend.start());

  for (const opCase of CASES) {
    const reason = opCase.skip?.[backend.name];
    const title = `${opCase.op} ${opCase.name}`;
    describe.skipIf(reason)(reason ? `${title}: ${reason}` : title, () => {
      it('has the value', async () => {
        const expected = expectedOf(opCase);
        const actual = await outputsOf(opCase);
        expect(shapesOf(actual)).toEqual(shapesOf(expected));
        for (const [name, { data }] of Object.entries(expected)) {
          expect(actual[name]!.data, name).toAgree(data, backend.tolerance.value);
        }
      });

      if (opCase.differentiable.length === 0) return;
      it('has the gradient', async () => {
        const upstream = upstreamOf(opCase);
        const gradients = await gradientsOf(opCase, upstream);
        expectSlopes(opCase, upstream, gradients, backend.tolerance.gradient);
      });
    });
  }
});

function expectedOf(opCase: OpCase): Arrays {
  const { inputs, constants, reference } = opCase;
  return once(opCase, 'value', () => reference({ ...inputs, ...constants }));
}

/** Random gradients of the outputs. */
function upstreamOf(opCase: OpCase): Arrays {
  return mapValues(expectedOf(opCase), ({ shape }, name) => normal(`upstream ${opCase.name} ${name}`, shape));
}

function expectSlopes(opCase: OpCase, upstream: Arrays, gradients: Arrays, tolerance: number): void {
  const weighted = (inputs: Arrays) => {
    const outputs = Object.entries(opCase.reference({ ...inputs, ...opCase.constants }));
    return outputs.reduce((sum, [name, { data }]) => sum + dot(data, upstream[name]!.data), 0);
  };
  for (const [name, { shape, data }] of Object.entries(gradients)) {
    expect(shape).toEqual(opCase.inputs[name]!.shape);
    const indices = sample(data);
    const expected = indices.map((i) =>
      once(opCase, `${name} ${i}`, () => partialDerivative(weighted, opCase.inputs, name, i)),
    );
    const actual = indices.map((i) => data[i]!);
    expect(actual, name).toAgree(expected, tolerance);
  }
  // All elements of all inputs at once; the error is set against the sum's terms, which may cancel.
  const direction = mapValues(gradients, ({ shape }, name) =>
    normal(`direction ${opCase.name} ${name}`, shape),
  );
  const along = Object.entries(gradients).flatMap(([name, { data }]) =>
    data.map((value, i) => value * direction[name]!.data[i]!),
  );
  const steps = mapValues(direction, ({ data }) => data);
  const change = once(opCase, 'slope', () => slope(weighted, opCase.inputs, steps));
  const difference = change - along.reduce((sum, term) => sum + term, 0);
  const size = along.reduce((sum, term) => sum + Math.abs(term), 0);
  expect(Math.abs(difference), 'along a random direction').toBeLessThanOrEqual(tolerance * size);
}

function once<T>(opCase: OpCase, what: string, compute: () => T): T {
  if (!said.has(opCase)) said.set(opCase, new Map());
  const known = said.get(opCase)!;
  if (!known.has(what)) known.set(what, compute());
  return known.get(what) as T;
}

/** Every index where there are few; else the largest element's, so that errors are set against it, and random ones. */
function sample(values: number[]): number[] {
  if (values.length <= SAMPLED) return [...values.keys()];
  const sizes = values.map(Math.abs);
  const stream = new Stream(keyFor(0, 'sample'));
  const random = Array.from({ length: SAMPLED }, () => stream.below(values.length));
  return [sizes.indexOf(Math.max(...sizes)), ...random];
}

function dot(a: number[], b: number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
