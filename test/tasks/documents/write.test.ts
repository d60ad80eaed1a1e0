// Texts written from latent vectors: drawn from the prior, from a text's own, and on the way between two.
import { beforeAll, describe, expect, it } from 'vitest';
import type { LatentModel } from '../../../src/architectures/latent-model.ts';
import { UsageError } from '../../../src/base/errors.ts';
import { collectSamples } from '../../../src/sampling/generate.ts';
import type { SamplingInput } from '../../../src/sampling/options.ts';
import { walk, writeText } from '../../../src/tasks/documents/write.ts';
import { tokenizerFor } from '../../../src/tokenizers/choose.ts';
import type { Tokenizer } from '../../../src/tokenizers/tokenizer.ts';
import { configOf, createAnyModel } from '../../made-models.ts';
import { tensorsInUse } from '../../models/example.ts';
import { describeOnBackends } from '../../on-backends.ts';

const CONTEXT = 12;

describeOnBackends(() =>
  describe.each(['gru', 'transformer'])('a %s', (side) => {
    let model: LatentModel;
    let tokenizer: Tokenizer;
    beforeAll(async () => {
      tokenizer = await tokenizerFor('byte', { description: '', pieces: async function* () {} });
      const { vocabSize, endOfText: end } = tokenizer;
      const sides = { encoder: side, decoder: side, width: 16, context: CONTEXT, latent: 4 };
      model = createAnyModel(configOf('vae', { vocabSize, end, ...sides }), 3) as LatentModel;
    });

    const tokensOf = async (events: ReturnType<typeof writeText>) =>
      (await collectSamples(events)).map(({ tokens }) => tokens);
    const written = (source: string, input: SamplingInput = {}) =>
      tokensOf(writeText(model, tokenizer, source, input));
    const walked = (from: string, to: string, steps: number, input: SamplingInput = {}) =>
      tokensOf(walk(model, tokenizer, [from, to], steps, input));

    it('writes samples from the prior: the same seed the same, each sample of its own, however many stand beside it', async () => {
      const before = tensorsInUse();
      const three = await written('', { numSamples: 3, seed: 5, temperature: 1 });
      expect(tensorsInUse()).toEqual(before);
      expect(three).toEqual(await written('', { numSamples: 3, seed: 5, temperature: 1 }));
      expect(three.slice(0, 1)).toEqual(await written('', { seed: 5, temperature: 1 }));
      expect(new Set(three.map(String)).size).toBe(3);
      expect(await written('', { numSamples: 3, seed: 6, temperature: 1 })).not.toEqual(three);
      for (const tokens of three) expect(tokens.length).toBeLessThanOrEqual(CONTEXT);
    });

    it('writes a text anew by the likeliest tokens, whatever the seed', async () => {
      const [once, again] = await written('one text', { numSamples: 2, seed: 1 });
      expect(again).toEqual(once);
      expect(await written('one text', { seed: 2 })).toEqual([once]);
    });

    it('walks from what it makes of the one text to what it makes of the other', async () => {
      const before = tensorsInUse();
      const way = await walked('one text', 'the other', 4);
      expect(tensorsInUse()).toEqual(before);
      expect(way).toHaveLength(4);
      expect([way[0], way[3]]).toEqual([(await written('one text'))[0], (await written('the other'))[0]]);
      expect(await walked('the other', 'one text', 4)).toEqual(way.toReversed());
    });

    it('refuses at once what it cannot do', () => {
      const refused = (write: () => unknown, words: string) => {
        expect(write).toThrow(words);
        expect(write).toThrow(UsageError);
      };
      const words = 'expected from 1 to 11 tokens for the text, but got 23';
      refused(() => written('longer than the context'), words);
      refused(() => walked('short', 'longer than the context', 3), words);
      refused(() => walked('', 'short', 3), 'expected from 1 to 11 tokens for the text, but got 0');
      refused(() => walked('a', 'b', 1), 'expected a whole number of 2 or more for steps, but got 1');
      refused(() => walked('a', 'b', 3, { numSamples: 2 }), 'a walk writes one text a step');
      refused(() => written('a', { beam: 2 }), 'a beam is for models of pairs');
      refused(() => written('a', { temperature: -1 }), 'for temperature, but got -1');
    });
  }),
);
