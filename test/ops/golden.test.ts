// The ops on every backend here, and the float64 reference that the table of cases trusts, against PyTorch's numbers.

import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import * as ops from '../../src/ops/index.ts';
import { hasKernel } from '../../src/ops/kernel.ts';
import { loadGolden } from '../golden/load.ts';
import { testBackends } from './backends.ts';
import { gradientsOf, outputsOf, type Runnable, shapesOf } from './measure.ts';
import { type Arrays, mapValues, type OpCase } from './op-case.ts';
import * as reference from './reference.ts';

const golden = loadGolden('ops');
const { heads } = golden.causalAttention;

interface GoldenCase extends Runnable, Pick<OpCase, 'reference'> {
  name: string;
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
    name: 'lstmFrom',
    ...asCase(golden.lstm),
    run: ({ x, inputWeight, recurrentWeight, bias, h0, c0 }) => {
      const weights = { input: inputWeight, recurrent: recurrentWeight, bias } as ops.LstmWeights;
      const start = { hidden: h0, cell: c0 } as ops.LstmState;
      const { outputs, state } = ops.lstmFrom(x as tf.Tensor3D, weights, start);
      return { y: outputs, h: state.hidden, c: state.cell };
    },
    reference: ({ x, inputWeight, recurrentWeight, bias, h0, c0 }) => {
      const weights = { input: inputWeight!, recurrent: recurrentWeight!, bias: bias! };
      const { outputs, hidden, cell } = reference.lstm({ x: x!, ...weights, hidden: h0!, cell: c0! });
      return { y: outputs, h: hidden, c: cell };
    },
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
      skip(golden.name === 'lstmFrom' && hasKernel('LstmFrom'), 'the kernel LstmFrom has no gradient');
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
  const { targets, ...floats } = inputs;
  const constants: Arrays = targets === undefined ? {} : { targets };
  return {
    inputs: floats as Arrays,
    constants,
    differentiable: Object.keys(inputGradients),
    outputs: mapValues(outputs, asValues),
    outputGradients: mapValues(outputGradients, asValues),
    inputGradients,
  };
}

function asValues(value: number | reference.Values): reference.Values {
  return typeof value === 'number' ? { shape: [], data: [value] } : value;
}
