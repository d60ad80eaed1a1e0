// A small BERT, trained on a text of three letters, tells each middle letter as likely as counting says that it is.
import { beforeAll, expect, it } from 'vitest';
import * as tf from '#tfjs';
import type { BertConfig } from '../../../src/architectures/bert/config.ts';
import type { MaskedModel } from '../../../src/architectures/masked-model.ts';
import { startBackend } from '../../../src/backends/index.ts';
import { keyFor, Stream } from '../../../src/base/random.ts';
import { tokensOf } from '../../../src/data/tokens.ts';
import { learning } from '../../../src/tasks/masked/learning.ts';
import { beginStep } from '../../../src/training/step.ts';
import { createAnyModel } from '../../made-models.ts';
import { Optimizer, USUAL } from '../../made-optimizer.ts';
import { FASTEST } from '../../on-backends.ts';

const [LETTERS, MASK, VOCAB, STEPS] = [3, 3, 4, 1000];
const CONFIG: BertConfig = {
  arch: 'bert',
  vocabSize: VOCAB,
  mask: MASK,
  layers: 1,
  heads: 2,
  width: 32,
  context: 3,
  dropout: 0,
  tokenTypes: 1,
  wholeWords: false,
};

/** Each letter depends on the one before it. */
const NEXT = [
  [0.7, 0.2, 0.1],
  [0.1, 0.3, 0.6],
  [0.5, 0.4, 0.1],
] as const;

function text(length: number): number[] {
  const random = new Stream(keyFor(1, 'letters'));
  const letters = [0];
  while (letters.length < length) {
    const [zero, one] = NEXT[letters.at(-1)!]!;
    const draw = random.uniform();
    letters.push(draw < zero ? 0 : draw < zero + one ? 1 : 2);
  }
  return letters;
}

/**
 * How probable each letter is between two that are shown, by counting: a letter is shown as another one where it is asked about and
 * replaced, 1.5 % of the time, by any token.
 */
function counted(letters: readonly number[], left: number, right: number): number[] {
  const shownAs = (shown: number, is: number) =>
    0.15 * (0.1 / VOCAB) + (shown === is ? 0.85 + 0.15 * 0.1 : 0);
  const weights = new Array<number>(LETTERS).fill(0);
  for (let i = 0; i + 2 < letters.length; i++)
    weights[letters[i + 1]!]! += shownAs(left, letters[i]!) * shownAs(right, letters[i + 2]!);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

beforeAll(() => startBackend(FASTEST.backend, { precision: 'fp32' }));

it('the conditionals of a trained model are the counted ones', async () => {
  const letters = text(20_000);
  const model = createAnyModel(CONFIG, 1) as MaskedModel;
  const optimizer = new Optimizer(model.parameters, { ...USUAL, weightDecay: 0 });
  for (let step = 0; step < STEPS; step++) {
    const place = { batchSize: 512, context: 3, seed: 1, step, micro: 0 };
    const begun = await beginStep(optimizer, {
      batches: [learning.batchAt(tokensOf(letters), place)],
      count: 1,
      loss: (batch) => learning.loss(model, batch, {}),
      learningRate: 3e-3 * (1 - step / STEPS),
      clip: 1,
      dropoutKey: undefined,
    });
    await begun!.result;
  }
  const pairs = Array.from(
    { length: LETTERS ** 2 },
    (_, i) => [Math.floor(i / LETTERS), i % LETTERS] as const,
  );
  const shares = tf.tidy(() => {
    const ids = tf.tensor2d(
      pairs.map(([left, right]) => [left, MASK, right]),
      undefined,
      'int32',
    );
    const places = tf.tensor1d(
      pairs.map((_, row) => 3 * row + 1),
      'int32',
    );
    return tf.softmax(model.logits({ ids, places }));
  });
  const told = (await shares.array()) as number[][];
  // The rarest pair is asked about some thousand times, which tells a share to 0.015; what the letter before alone tells is off by up to 0.4.
  for (const [i, [left, right]] of pairs.entries())
    for (const [letter, share] of counted(letters, left, right).entries())
      expect(Math.abs(told[i]![letter]! - share), `${left} ${letter} ${right}`).toBeLessThan(0.05);
  shares.dispose();
  optimizer.dispose();
  model.dispose();
});
