// No position sees what comes after it, neither forwards (logits) nor backwards (gradients).

import { describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import type { ModelConfig } from '../../src/architectures/config.ts';
import { describeOnAllBackends } from '../on-backends.ts';
import {
  ABLATED,
  CNN,
  fullLogits,
  GEMMA,
  GPT,
  GRU,
  ids,
  LLAMA,
  LSTM,
  livelyModel,
  RNN,
  randomTexts,
} from './example.ts';

const T = 9;

describeOnAllBackends(() =>
  describe.each<[string, ModelConfig]>([
    ['gpt', GPT],
    ['llama', { ...LLAMA, tiedHead: false }],
    ['ablated llama', ABLATED],
    ['llama of Gemma’s parts', { ...GEMMA, tiedHead: false }],
    ['lstm', LSTM],
    ['lstm with peepholes', { ...LSTM, peepholes: true }],
    ['gru', GRU],
    ['rnn', RNN],
    ['cnn', CNN],
  ])('%s', (_, config) => {
    it('a changed token changes no logits before it, and all from it on', async () => {
      const model = livelyModel(config);
      const [text] = randomTexts(1, 1, T, config.vocabSize) as [number[]];
      const [before] = (await fullLogits(model, [text])) as [number[][]];
      for (let changed = 0; changed < T; changed++) {
        const other = text.with(changed, (text[changed]! + 1) % config.vocabSize);
        const [after] = (await fullLogits(model, [other])) as [number[][]];
        const same = before.map((logits, at) => logits.every((logit, id) => logit === after[at]![id]));
        expect(same).toEqual(Array.from({ length: T }, (_, at) => at < changed));
      }
    });

    it('a changed text leaves the other texts of its batch alone', async () => {
      const model = livelyModel(config);
      const [a, b, c] = randomTexts(2, 3, T, config.vocabSize) as [number[], number[], number[]];
      const [one, , two] = await fullLogits(model, [a, b, c]);
      const [sameOne, , sameTwo] = await fullLogits(model, [a, b.toReversed(), c]);
      expect([sameOne, sameTwo]).toEqual([one, two]);
    });

    it('the loss of one position has a gradient to itself and what came before, and to nothing after', async () => {
      const model = livelyModel(config);
      // A row of its own for each position: learned positions, or the embeddings of T different tokens.
      const table = { gpt: 'wpe', llama: 'embed_tokens' }[config.arch] ?? 'embedding';
      const rows = model.parameters.get(`${table}.weight`)!;
      const text = Array.from({ length: T }, (_, at) => at);
      for (const scored of [0, 4, T - 1]) {
        const targets = text.map((_, at) => (at === scored ? 3 : -1));
        const { grads } = tf.variableGrads(() => model.loss(ids([text]), ids([targets])), [rows]);
        const gradient = (await grads[rows.name]!.array()) as number[][];
        const reached = gradient.slice(0, T).map((row) => row.some((value) => value !== 0));
        expect(reached).toEqual(text.map((_, at) => at <= scored));
      }
    });
  }),
);
