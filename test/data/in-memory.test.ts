// Text prepared in memory: the tokens that prepareData writes to disk.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDataset } from '../../src/data/dataset.ts';
import { prepareInMemory } from '../../src/data/in-memory.ts';
import { prepareData } from '../../src/data/prepare.ts';
import { storySource } from '../../src/text/stories/index.ts';
import { learnBpe } from '../../src/tokenizers/learn.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { codePointTokenizer, sourceOf } from './stand-ins.ts';

it.each(['one document', 'many documents'])('%s', async (what) => {
  const one = sourceOf([['Ünder the ', 'hill 👍', ' lived a mole. '.repeat(1000)]]);
  const source = what === 'one document' ? one : storySource({ count: 60, seed: 2 });
  const tokenizer = what === 'one document' ? codePointTokenizer(2 ** 18) : await learnBpe(source, 300);
  const options = { source, tokenizer, valFraction: 0.2, seed: 5 };
  const folder = join(temporaryFolder(), 'data');
  const { splits } = await prepareData({ ...options, out: folder });
  const data = await prepareInMemory(options);
  const onDisk = openDataset(folder, 'tokens');
  for (const split of ['train', 'val'] as const) {
    const { sha256: _, ...counts } = splits[split];
    expect(data.counts[split]).toEqual(counts);
    expect(data[split].read(0, data[split].length)).toEqual(onDisk[split].read(0, onDisk[split].length));
  }
  onDisk.close();
});

it('a text too short for two splits is refused', async () => {
  const options = { tokenizer: codePointTokenizer(2 ** 16), valFraction: 0.1, seed: 1 };
  await expect(prepareInMemory({ ...options, source: sourceOf([['short']]) })).rejects.toThrow(
    'expected at least 2 tokens in the val split, but it has 1',
  );
  await expect(
    prepareInMemory({ ...options, valFraction: 1, source: sourceOf([['short']]) }),
  ).rejects.toThrow('valFraction');
});
