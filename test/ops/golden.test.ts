// The ops on every backend here, and the float64 reference that the table of cases trusts, against PyTorch's numbers.

import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import * as ops from '../../src/ops/index.ts';
import { hasKernel } from '../../src/ops/kernel.ts';
import { loadGolden } from '../golden/load.ts';
import { testBackends } from './backends.ts';
import { gradientsOf, outputsOf, type Runnable, shapesOf } from './measure.ts';
import { type Arrays, mapValues, type OpCase } from './op-case.ts';
import { RECURRENT, type RecurrentKind } from './recurrent-cases.ts';
import * as reference from './reference.ts';
import { CRF, ctcWith } from './sequence-cases.ts';

const golden = loadGolden('ops');
const { heads } = golden.causalAttention;
const { kvHeads } = golden.groupedAttention;
const { base, inputs } = golden.packHeads;
const D = inputs.q.shape[2]! / golden.packHeads.heads;
const frequencies = Array.from({ length: D / 2 }, (_, i) => base ** ((-2 * i) / D));

interface GoldenCase extends Runnable, Pick<OpCase, 'reference'> {
  name: string;
  /** A layer that starts from a given state. */
  fromState?: boolean;
  outputs: Arrays;
  outputGradients: Arrays;
  inputGradients: Arrays;
}

const CASES: GoldenCase[] = [
  {
    name: 'gelu',
    ...asCase(golden.gelu),
    run: ({ x }) => ({ y: ops.gelu(x!) }),
    reference: ({ x }) => ({ y: reference.gelu(x!) }),
  },
  {
    name: 'geluErf',
    ...asCase(golden.geluErf),
    run: ({ x }) => ({ y: ops.geluErf(x!) }),
    reference: ({ x }) => ({ y: reference.geluErf(x!) }),
  },
  {
    name: 'layerNorm',
    ...asCase(golden.layerNorm),
    run: ({ x, weight, bias }) => ({ y: ops.layerNorm(x!, weight as tf.Tensor1D, bias as tf.Tensor1D) }),
    reference: ({ x, weight, bias }) => ({ y: reference.layerNorm(x!, weight!, bias!) }),
  },
  {
    name: 'causalAttention',
    ...asCase(golden.causalAttention),
    run: ({ qkv }) => ({ y: ops.causalAttention(qkv as tf.Tensor3D, heads) }),
    reference: ({ qkv }) => ({ y: reference.causalAttention(qkv!, heads) }),
  },
  {
    name: 'rmsNorm',
    ...asCase(golden.rmsNorm),
    run: ({ x, weight }) => ({ y: ops.rmsNorm(x!, weight as tf.Tensor1D, 1e-5) }),
    reference: ({ x, weight }) => ({ y: reference.rmsNorm(x!, weight!, 1e-5) }),
  },
  {
    name: 'activate',
    ...asCase(golden.activate),
    run: ({ x, up }) => ({ y: ops.activate(x!, 'silu', up) }),
    reference: ({ x, up }) => ({ y: reference.activate(x!, 'silu', up) }),
  },
  {
    name: 'packHeads',
    ...asCase(golden.packHeads),
    run: ({ q, k, v, starts }) =>
      tf.tidy(() => {
        const parts = { q, k, v, heads: golden.packHeads.heads, kvHeads } as ops.PackedHeads;
        const rotary = { rotations: ops.rotationsOf(frequencies, 20), starts: starts as tf.Tensor1D };
        return { y: ops.packHeads(parts, rotary) };
      }),
    reference: ({ q, k, v, starts }) => ({ y: reference.packHeads([q!, k!, v!], D, frequencies, starts!) }),
  },
  {
    name: 'grouped causalAttention',
    ...asCase(golden.groupedAttention),
    run: ({ qkv }) => ({
      y: ops.causalAttention(qkv as tf.Tensor3D, golden.groupedAttention.heads, undefined, kvHeads),
    }),
    reference: ({ qkv }) => ({
      y: reference.causalAttention(qkv!, golden.groupedAttention.heads, undefined, kvHeads),
    }),
  },
  {
    name: 'fullAttention',
    ...asCase(golden.fullAttention),
    run: ({ q, k, v, lengths }) => {
      const inputs = { q, k, v } as ops.AttentionInputs;
      return { y: ops.fullAttention(inputs, lengths as tf.Tensor1D, golden.fullAttention.heads) };
    },
    reference: ({ q, k, v, lengths }) => ({
      y: reference.fullAttention([q!, k!, v!], lengths!, golden.fullAttention.heads),
    }),
  },
  recurrentCase('rnn', golden.rnn),
  recurrentCase('gru', golden.gru),
  recurrentCase('lstm', golden.lstm),
  recurrentCase('lstm with peepholes', golden.lstmWithPeepholes),
  {
    name: 'gatedConv',
    ...asCase(golden.gatedConv),
    run: ({ x, weight, bias }) => ({
      y: ops.gatedConv(
        x as tf.Tensor3D,
        { weight: weight as tf.Tensor2D, bias: bias as tf.Tensor1D },
        golden.gatedConv.dilation,
      ),
    }),
    reference: ({ x, weight, bias }) => ({
      y: reference.gatedConv(x!, weight!, bias!, golden.gatedConv.dilation),
    }),
  },
  {
    name: 'crossEntropy of given logits',
    ...asCase(golden.crossEntropy),
    run: ({ logits, targets }) => {
      const same = tf.eye(logits!.shape[1]!); // a weight that passes its input on as the logits
      const loss = ops.crossEntropy(logits as tf.Tensor2D, same, undefined, targets as tf.Tensor1D);
      same.dispose();
      return { loss };
    },
    reference: ({ logits, targets }) => {
      const V = logits!.shape[1]!;
      const data = Array.from({ length: V * V }, (_, i) => (i % (V + 1) === 0 ? 1 : 0));
      return { loss: reference.crossEntropy(logits!, { shape: [V, V], data }, undefined, targets!) };
    },
  },
  {
    name: 'crossEntropy',
    ...asCase(golden.linearCrossEntropy),
    run: ({ x, weight, bias, targets }) => ({
      loss: ops.crossEntropy(
        x as tf.Tensor2D,
        weight as tf.Tensor2D,
        bias as tf.Tensor1D,
        targets as tf.Tensor1D,
      ),
    }),
    reference: ({ x, weight, bias, targets }) => ({
      loss: reference.crossEntropy(x!, weight!, bias!, targets!),
    }),
  },
  { name: 'crfLoss', ...asCase(golden.crfLoss), ...CRF },
  { name: 'ctcLoss', ...asCase(golden.ctcLoss), ...ctcWith(golden.ctcLoss.blank) },
];

describe('the float64 reference', () => {
  it.each(CASES)('$name', (golden) => {
    const actual = golden.reference({ ...golden.inputs, ...golden.constants });
    for (const [name, { data }] of Object.entries(golden.outputs)) {
      expect(actual[name]!.data, name).toAgree(data, 'reference');
    }
  });
});

const { present } = await testBackends();

describe.each(present)('$name', (backend) => {
  beforeAll(() => backend.start());

  describe.each(CASES)('$name', (golden) => {
    it('has the value', async () => {
      const actual = await outputsOf(golden);
      expect(shapesOf(actual)).toEqual(shapesOf(golden.outputs));
      for (const [name, { data }] of Object.entries(golden.outputs)) {
        expect(actual[name]!.data, name).toAgree(data, backend.tolerance.value);
      }
    });

    it('has the gradient', async ({ skip }) => {
      skip(
        golden.fromState === true && hasKernel('LstmFrom'),
        'kernels that start from a state have no gradient',
      );
      const actual = await gradientsOf(golden, golden.outputGradients);
      for (const [name, { data }] of Object.entries(golden.inputGradients)) {
        expect(actual[name]!.data, name).toAgree(data, backend.tolerance.gradient);
      }
    });
  });
});

interface GoldenOp {
  inputs: Arrays;
  outputs: Record<string, number | reference.Values>;
  outputGradients: Record<string, number | reference.Values>;
  inputGradients: Arrays;
}

function asCase({ inputs, outputs, outputGradients, inputGradients }: GoldenOp) {
  const named = Object.entries(inputs);
  return {
    inputs: Object.fromEntries(named.filter(([name]) => name in inputGradients)),
    constants: Object.fromEntries(named.filter(([name]) => !(name in inputGradients))),
    differentiable: Object.keys(inputGradients),
    outputs: mapValues(outputs, asValues),
    outputGradients: mapValues(outputGradients, asValues),
    inputGradients,
  };
}

/** PyTorch's names of what a recurrent layer takes and gives, and ours. */
const NAMES = {
  inputWeight: 'input',
  recurrentWeight: 'recurrent',
  h0: 'hidden',
  c0: 'cell',
  y: 'outputs',
  h: 'hidden',
  c: 'cell',
} as const;

function recurrentCase(kind: RecurrentKind, golden: GoldenOp): GoldenCase {
  const { runFrom, reference } = RECURRENT[kind] as (typeof RECURRENT)['lstm'];
  const ours = <T>(values: Record<string, T>) => renamed(values, (name) => Reflect.get(NAMES, name) ?? name);
  const isState = (name: string) => name === 'hidden' || name === 'cell';
  const theirs = <T>(values: Record<string, T>) => {
    const names = Object.keys(golden.outputs);
    return Object.fromEntries(names.map((name) => [name, values[Reflect.get(NAMES, name)]!]));
  };
  return {
    name: `${kind}, from a state`,
    fromState: true,
    ...asCase(golden),
    run: (tensors) => {
      const { x, ...rest } = ours(tensors);
      const parts = (wanted: boolean) =>
        Object.fromEntries(Object.entries(rest).filter(([name]) => isState(name) === wanted));
      const { outputs, state } = runFrom(x as tf.Tensor3D, parts(false), parts(true));
      return theirs<tf.Tensor>({ outputs, ...state });
    },
    reference: (arrays) => theirs<reference.Values>(reference(ours(arrays) as never)),
  };
}

function renamed<T>(values: Record<string, T>, rename: (name: string) => string): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [rename(name), value]));
}

function asValues(value: number | reference.Values): reference.Values {
  return typeof value === 'number' ? { shape: [], data: [value] } : value;
}
