// CTC beside a decoder: the probability of a beginning against a sum over all alignments, and a search with room for all texts
// against every text's score.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as tf from '#tfjs';
import type { PairModel } from '../../src/architectures/pair-model.ts';
import { StackEncoder } from '../../src/architectures/seq2seq/encoders.ts';
import { CtcPrefix } from '../../src/sampling/ctc-prefix.ts';
import { searched } from '../../src/tasks/pairs/search.ts';
import { livelyPairModel, padded, paddedRows, SEQ2SEQ } from '../models/pair-example.ts';
import { describeOnBackends } from '../on-backends.ts';
import { ctcByBruteForce, sequences } from '../ops/brute-force.ts';
import { normal } from '../ops/op-case.ts';
import { logSumExp, range, sum } from '../ops/sequence-reference.ts';

const startsWith = (target: string, prefix: string) => `${target} `.startsWith(prefix && `${prefix} `);

describe('CtcPrefix', () => {
  const [S, V] = [5, 2];
  const rows = Array.from({ length: S }, (_, s) => {
    const scores = normal(`step ${s}`, [V + 1]).data;
    return scores.map((score) => score - logSumExp(scores));
  });
  const empty = CtcPrefix.of({ logProbabilities: Float32Array.from(rows.flat()), outputs: V + 1 });
  const targets = ctcByBruteForce(rows, V);

  it.each([0, 1, 2, 3, 4, 5, 6].flatMap((length) => sequences(length, V)).map((ids) => ids.join(' ')))(
    'has the probability of all targets that begin with "%s", and of that one',
    (text) => {
      const prefix =
        text === '' ? empty : text.split(' ').reduce((so, id) => so.followedBy(Number(id)), empty);
      const beginning = [...targets].filter(([target]) => startsWith(target, text));
      const total = logSumExp(beginning.map(([, nats]) => nats));
      if (total === -Infinity) expect(prefix.logProbability).toBe(-Infinity);
      else expect(prefix.logProbability).toBeCloseTo(total, 5);
      const whole = targets.get(text) ?? -Infinity;
      if (whole === -Infinity) expect(prefix.whole).toBe(-Infinity);
      else expect(prefix.whole).toBeCloseTo(whole, 5);
    },
  );
});

describeOnBackends(() => {
  const config = { ...SEQ2SEQ, vocabSize: 4, ctcWeight: 0.4 };
  const SOURCES = [[3, 8, 1, 5], [2, 2, 7], [6, 0, 0, 4], [1]];
  const MOST = 3;
  let model: PairModel;
  beforeAll(() => {
    model = livelyPairModel(config);
  });
  afterAll(() => model.dispose());

  /** Every text there can be, with its score by the formula; those of MOST tokens have no end. */
  function scored(source: number[]): [tokens: number[], score: number][] {
    const { steps, logProbabilities } = model.ctc!.startSteps(padded([source]));
    const rows = logProbabilities.arraySync()[0]!;
    tf.dispose(logProbabilities);
    steps.dispose();
    const targets = ctcByBruteForce(rows, config.vocabSize);
    const texts = range(MOST + 1).flatMap((length) => sequences(length, config.vocabSize));
    return texts
      .filter((tokens) => !tokens.includes(config.end))
      .map((tokens) => {
        const nats = tf.tidy(() => {
          const inputs = paddedRows([[config.end, ...tokens]], 0);
          return tf.logSoftmax(model.logits(padded([source]), inputs)).arraySync()[0]!;
        });
        const predicted = tokens.length === MOST ? tokens : [...tokens, config.end];
        const decoded = sum(predicted.map((id, t) => nats[t]![id]!));
        const text = tokens.join(' ');
        const beginning = [...targets].filter(([target]) => startsWith(target, text));
        const beside =
          tokens.length === MOST ? logSumExp(beginning.map(([, nats]) => nats)) : targets.get(text);
        return [tokens, 0.6 * decoded + 0.4 * (beside ?? -Infinity)];
      });
  }

  it('reads the sources once, for CTC and for the decoder', async () => {
    const encode = vi.spyOn(StackEncoder.prototype, 'encode');
    const sources = SOURCES.map((source) => Int32Array.from(source));
    await searched(model, sources, { beam: 2, lengthPenalty: 0, maxTokens: MOST, end: config.end });
    expect(encode).toHaveBeenCalledTimes(1);
    encode.mockRestore();
  });

  it('of all texts finds the one with the best score, if the beam has room for all', async () => {
    const options = { beam: 100, lengthPenalty: 0, maxTokens: MOST, end: config.end };
    const sources = SOURCES.map((source) => Int32Array.from(source));
    for (const [i, written] of (await searched(model, sources, options)).entries()) {
      const [tokens, score] = scored(SOURCES[i]!).reduce((best, next) => (next[1] > best[1] ? next : best));
      expect(written).toMatchObject({ tokens, ended: tokens.length < MOST });
      expect([written.logProbability]).toAgree([score], 'model');
    }
  });
});
