// Taggers of every encoder and output layer against PyTorch's numbers, which are of each source alone.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabelModel } from '../../src/architectures/label-model.ts';
import type { PaddedTexts } from '../../src/architectures/pair-model.ts';
import type { TaggerConfig } from '../../src/architectures/tagger/config.ts';
import { ints } from '../golden/formula.ts';
import { loadGolden } from '../golden/load.ts';
import { describeOnAllBackends } from '../on-backends.ts';
import { byFormula, expectGradients } from './by-formula.ts';
import { createLabelModel } from './label-example.ts';

const golden = loadGolden('tagger');
const CASES = golden.cases.map((expected) => {
  const config = { ...golden.shared, ...expected.config } as TaggerConfig;
  return [Object.values(expected.config).join(' '), config, expected] as const;
});

describeOnAllBackends(() => {
  let sources: PaddedTexts;
  let labels: Record<'one a token' | 'fewer', PaddedTexts>;

  beforeAll(() => {
    sources = { ids: ints(golden.sources), lengths: ints(golden.lengths) };
    labels = {
      'one a token': { ids: ints(golden.targets), lengths: ints(golden.lengths) },
      fewer: { ids: ints(golden.ctcTargets), lengths: ints(golden.ctcLengths) },
    };
  });

  describe.each(CASES)('%s', (_, config, expected) => {
    let model: LabelModel;

    beforeAll(() => {
      model = byFormula(createLabelModel(config));
    });
    afterAll(() => model.dispose());

    const loss = () => model.loss(sources, labels[config.head === 'ctc' ? 'fewer' : 'one a token']);

    it('has the same parameters', () => {
      expect([...model.parameters.keys()].sort()).toEqual(Object.keys(expected.gradients));
    });

    it('gives the same scores and loss', async () => {
      const scores = await model.scores(sources).array();
      const counted = golden.lengths.data.flatMap((length, b) => scores[b]!.slice(0, length).flat());
      expect(counted).toAgree(expected.scores.data, 'model');
      expect(await loss().data()).toAgree([expected.loss], 'model');
    });

    it('gives the same gradient of every parameter', async () => {
      await expectGradients(model, loss, expected.gradients);
    });
  });
});
