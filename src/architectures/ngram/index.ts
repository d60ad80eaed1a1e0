// n-grams with interpolated Kneser-Ney smoothing: fitted by counting, the baseline that a neural model must beat.
import type { Tokens } from '../../data/tokens.ts';
import type { Architecture } from '../architecture.ts';
import { ownDisk } from '../own-disk.ts';
import * as about from './config.ts';
import { ngramSpecs } from './parameters.ts';

export const ngram: Architecture<about.NgramConfig> = {
  name: 'ngram',
  title: 'n-grams',
  task: 'next-token',
  ...about,
  isFitted: true,
  describe: ({ order }) => `order ${order}, interpolated Kneser-Ney`,
  parameters: ngramSpecs,
  disk: ownDisk('ngram', about.config),
  hf: false,
  load: async () => {
    const [{ NgramModel }, { countOrders }] = await Promise.all([
      import('./model.ts'),
      import('./counting.ts'),
    ]);
    return {
      create: (config) => new NgramModel(config),
      async fitTo(split, config) {
        const orders = await countOrders(split as Tokens, config.vocabSize, config.order);
        const entries = orders.map(({ token }) => token.length);
        return new NgramModel({ ...config, entries }, orders);
      },
    };
  },
};
