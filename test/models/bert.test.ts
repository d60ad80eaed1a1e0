// Our BERT against transformers' BertForMaskedLM, by the numbers of test/golden/bert.json: logits, loss and every gradient.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import type { BertConfig } from '../../src/architectures/bert/config.ts';
import { disk } from '../../src/architectures/bert/hugging-face.ts';
import type { MaskedModel, MaskedTexts } from '../../src/architectures/masked-model.ts';
import { turned } from '../../src/base/turned.ts';
import type { GoldenTensor, GoldenTensors } from '../golden/load.ts';
import { createAnyModel } from '../made-models.ts';
import { describeOnAllBackends } from '../on-backends.ts';

interface Golden {
  config: BertConfig;
  /** (B, T) */
  ids: GoldenTensor;
  lengths: GoldenTensor;
  /** (N) */
  places: GoldenTensor;
  targets: GoldenTensor;
  /** (N, V) */
  logits: GoldenTensor;
  loss: number;
  /** By their names and in their layout on disk. */
  gradients: GoldenTensors;
}

const golden: Golden = JSON.parse(readFileSync(new URL('../golden/bert.json', import.meta.url), 'utf8'));

/** make_bert.py's: element i of parameter number `index`, in the order of names. */
function formula(index: number, name: string): number[] {
  const mean = name.endsWith('LayerNorm.weight') ? 1 : 0;
  return golden.gradients[name]!.data.map(
    (_, i) => Math.round(256 * (mean + 0.3 * Math.sin(0.7 * (index + 1) + 1.3 * (i + 1)))) / 256,
  );
}

/** What is on disk, in the model's layout. */
function inLayout(name: string, data: readonly number[]): { shape: readonly number[]; data: Float32Array } {
  const stored = { shape: golden.gradients[name]!.shape, data: Float32Array.from(data) };
  return disk.isTurned!(name) ? turned(stored) : stored;
}

const ints = ({ data, shape }: GoldenTensor) => tf.tensor(data, shape, 'int32');

describeOnAllBackends(() =>
  describe('BERT', () => {
    let model: MaskedModel;
    let texts: MaskedTexts;
    let targets: tf.Tensor1D;

    beforeAll(() => {
      model = createAnyModel(golden.config) as MaskedModel;
      for (const [index, name] of Object.keys(golden.gradients).entries()) {
        const { shape, data } = inLayout(name, formula(index, name));
        tf.tidy(() => model.parameters.get(name)!.assign(tf.tensor(data, [...shape])));
      }
      texts = {
        ids: ints(golden.ids) as tf.Tensor2D,
        lengths: ints(golden.lengths) as tf.Tensor1D,
        places: ints(golden.places) as tf.Tensor1D,
      };
      targets = ints(golden.targets) as tf.Tensor1D;
    });
    afterAll(() => model.dispose());

    it('has the parameters of BertForMaskedLM', () => {
      expect([...model.parameters.keys()].sort()).toEqual(Object.keys(golden.gradients).sort());
    });

    it('gives the logits and the loss of BertForMaskedLM, with padding', async () => {
      expect(await model.logits(texts).data()).toAgree(golden.logits.data, 'model');
      expect(await model.loss(texts, targets).data()).toAgree([golden.loss], 'model');
    });

    it('gives the gradients of BertForMaskedLM', async () => {
      const { grads } = tf.variableGrads(() => model.loss(texts, targets), [...model.parameters.values()]);
      // Softmax ignores what is added to a whole row of scores: the true gradient of a key's bias is 0.
      const names = Object.keys(golden.gradients).filter((name) => !name.endsWith('key.bias'));
      for (const name of names) {
        const actual = await grads[model.parameters.get(name)!.name]!.data();
        expect(actual, name).toAgree(inLayout(name, golden.gradients[name]!.data).data, 'model');
      }
    });
  }),
);
