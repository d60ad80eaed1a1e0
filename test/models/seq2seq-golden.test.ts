// Sequence-to-sequence models of every encoder, decoder and attention against PyTorch's numbers, and against transformers' where
// a side is a BERT or a GPT-2; all are of each pair alone.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PaddedPairs, PairModel } from '../../src/architectures/pair-model.ts';
import type { Seq2SeqConfig } from '../../src/architectures/seq2seq/config.ts';
import { keyFor } from '../../src/base/random.ts';
import { ints } from '../golden/formula.ts';
import { loadGolden } from '../golden/load.ts';
import { describeOnAllBackends } from '../on-backends.ts';
import { byFormula, expectGradients } from './by-formula.ts';
import { createPairModel } from './pair-example.ts';

const golden = loadGolden('seq2seq');
const CASES = [...golden.cases, ...loadGolden('encoder-decoder').cases].map(
  (expected) =>
    [titleOf(expected.config), { ...golden.shared, ...expected.config } as Seq2SeqConfig, expected] as const,
);

describeOnAllBackends(() => {
  let pairs: PaddedPairs;

  beforeAll(() => {
    pairs = {
      sources: { ids: ints(golden.sources), lengths: ints(golden.lengths) },
      inputs: ints(golden.inputs),
      targets: ints(golden.targets),
    };
  });

  describe.each(CASES)('%s', (_, config, expected) => {
    let model: PairModel;

    beforeAll(() => {
      model = byFormula(createPairModel(config));
    });
    afterAll(() => model.dispose());

    /** Dropout is 0: the key tells that this is training. */
    const trainingLoss = () => model.loss(pairs, { dropoutKey: keyFor(1, 'test') });

    it('has the same parameters', () => {
      expect([...model.parameters.keys()].sort()).toEqual(Object.keys(expected.gradients));
    });

    it('gives the same logits and losses', async () => {
      expect(await model.logits(pairs.sources, pairs.inputs).data()).toAgree(expected.logits.data, 'model');
      expect(await model.loss(pairs).data()).toAgree([expected.loss], 'model');
      expect(await trainingLoss().data()).toAgree([expected.trainingLoss], 'model');
    });

    it('looks at the same tokens of the source, and never at padding', async () => {
      const attention = model.attention(pairs.sources, pairs.inputs);
      expect(attention?.shape).toEqual(expected.attention?.shape);
      const weights = await attention?.data();
      if (weights) expect(weights).toAgree(expected.attention!.data, 'model');
      const isPadding = (i: number) => expected.attention!.data[i] === 0;
      expect(weights?.filter((weight, i) => isPadding(i) && weight !== 0) ?? []).toHaveLength(0);
    });

    it('gives the same gradient of every parameter', async () => {
      await expectGradients(model, trainingLoss, expected.gradients);
    });
  });
});

function titleOf({ encoder, decoder, attention, ...more }: Partial<Seq2SeqConfig>): string {
  const settings = Object.entries(more).map(([name, value]) => `, ${name} ${value}`);
  return `${encoder} to ${decoder}, attention ${attention}${settings.join('')}`;
}
