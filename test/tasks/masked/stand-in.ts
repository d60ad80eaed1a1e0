// A model of masked tokens whose conditionals are given: a stand-in for one that has learned them.
import * as tf from '#tfjs';
import type { MaskedModel, MaskedTexts } from '../../../src/architectures/masked-model.ts';

/** `tell` gives the probabilities of all tokens in a place of a text, some of whose ids are the mask. */
export function standIn(
  shape: { vocabSize: number; context: number },
  tell: (ids: readonly number[], place: number) => readonly number[],
): MaskedModel {
  const config = { arch: 'stand-in', ...shape, mask: shape.vocabSize - 1, wholeWords: false };
  return {
    config,
    parameters: new Map(),
    layers: [],
    floatsPerToken: { kept: 0, working: 0, widest: 0 },
    loss: () => tf.scalar(0),
    logits({ ids, places }: MaskedTexts) {
      const [, T] = ids.shape;
      const all = [...ids.dataSync()];
      const rows = [...places.dataSync()].map((number) => {
        const start = Math.floor(number / T) * T;
        return tell(all.slice(start, start + T), number - start).map((p) => Math.log(p + 1e-30));
      });
      return tf.tensor2d(rows);
    },
    dispose() {},
  };
}
