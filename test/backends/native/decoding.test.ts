// Decoding on native gives a row the same bits whatever rows are beside it, in models so large that products are cut in
// parts: in each precision, and with weights held as bfloat16.
import { beforeAll, describe, expect, it } from 'vitest';
import { holdWeightsAsBf16, startBackend } from '../../../src/backends/index.ts';
import { GPT, LSTM, livelyModel, randomTexts } from '../../models/example.ts';
import { only, play, randomTimetable } from '../../models/timetable.ts';
import { ENGINES } from '../../on-backends.ts';

const SHARED = { vocabSize: 301, context: 12, layers: 1, width: 136 };
const CONFIGS = [
  { ...GPT, ...SHARED },
  { ...LSTM, ...SHARED },
];
const MOST = 17;

const engines = ENGINES.filter(({ backend }) => backend === 'native');

if (engines.length === 0) it.skip('native is not here', () => {});

describe.each(engines)('$name', ({ backend, precision }) => {
  beforeAll(() => startBackend(backend, { precision }));

  describe.each(CONFIGS)('$arch', (config) => {
    it.each(['float32', 'bfloat16'])('with weights in %s, in 2, 3, 8 and 17 rows', async (held) => {
      const model = livelyModel(config);
      if (held === 'bfloat16') holdWeightsAsBf16(model.parameters.values());
      const texts = randomTexts(1, MOST, 40, config.vocabSize);
      const table = randomTimetable(1, MOST, 12);
      const alone: number[][][] = [];
      for (const text of texts.keys()) alone.push((await play(model, texts, only(text, table)))[text]!);
      for (const rows of [2, 3, 8, MOST]) {
        const some = table
          .map((feed) => feed.filter(({ text }) => text < rows))
          .filter((feed) => feed.length > 0);
        const together = await play(model, texts, some);
        const differing = alone.flatMap((logits, text) =>
          text < rows && JSON.stringify(together[text]) !== JSON.stringify(logits) ? [text] : [],
        );
        expect(differing, `texts of ${rows}`).toEqual([]);
      }
      model.dispose();
    });
  });
});
