// The signatures of src/backends/cpu/ops.ts are those of the functions in native/kernels: the compiler sees only one side.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const kernels = readdirSync(new URL('../../../native/kernels', import.meta.url));
const cpp = kernels.filter((name) => name.endsWith('.cc')).map((name) => read(`native/kernels/${name}`));
const ops = read('src/backends/cpu/ops.ts');

/** What helpers in C++ read, which may be given names. */
const READ_BY: Record<string, (names: string[]) => string[]> = {
  readDropout: () => ['rate', 'key0', 'key1'],
  readLengths: () => ['lengths'],
  readGrouped: () => ['heads', 'kvHeads', 'D'],
  readRotary: () => ['positions', 'rotations', 'starts'],
  readSizes: () => ['B', 'T', 'I', 'H'],
  readConvolution: () => ['B', 'T', 'I', 'H', 'K', 'dilation'],
  readMatrices: () => ['input', 'recurrent'],
  readParameters: (states) => ['p', 'g', ...states, 'decays'],
};

/** The named methods of the interface, each with its parameters. */
const signatures = [...ops.matchAll(/^ {2}(\w+)(?:<[^>]*>)?\(([^.)]*)\):/gm)].map(
  ([, op, parameters]) => [op!, parameters!.match(/\w+(?=:)/g)!] as const,
);

it('every op in C++ has a signature, and every signature an op', () => {
  const inCpp = [...read('native/kernels/kernels.inc').matchAll(/^KERNEL\((\w+)\)/gm)].map(([, op]) => op);
  const inUnions = [...ops.matchAll(/^ {2}\| '(\w+)'/gm)].map(([, op]) => op);
  const onOneLine = [...ops.matchAll(/^export type \w+ = (.* \| .*);$/gm)].flatMap(
    ([, union]) => union!.match(/\w+/g)!,
  );
  const named = [...signatures.map(([op]) => op), 'move'];
  expect([...named, ...inUnions, ...onOneLine].sort()).toEqual(inCpp.sort());
  expect(signatures.length).toBeGreaterThan(20);
});

it.each(signatures)('%s takes in C++ what its signature says', (op, parameters) => {
  const body = cpp.map((source) => source.split(`\nvoid ${op}(Call& call) {`)[1]).find(Boolean)!;
  const reads = body
    .slice(0, body.indexOf('call.done()'))
    .matchAll(/call\.\w+\("(\w+)"|(read\w+)\(call(?:, \{(.*?)\})?/g);
  const names = [...reads].flatMap(([, name, helper, given = '']) =>
    helper ? READ_BY[helper]!(given.match(/\w+/g) ?? []) : [name!],
  );
  expect(names.filter((name, i) => name !== names[i - 1])).toEqual(parameters);
});
