// A text in shards: the tokens of one that is not, whoever prepared which of them and however often they were killed.
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../src/data/dataset.ts';
import { mergeShards } from '../../src/data/merge-shards.ts';
import { prepareData } from '../../src/data/prepare.ts';
import { prepareShards } from '../../src/data/prepare-shards.ts';
import type { ShardOptions } from '../../src/data/preparing.ts';
import { byteTokenizer } from '../../src/tokenizers/byte-pair.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { codePointTokenizer, sourceOf } from './stand-ins.ts';

const root = temporaryFolder();
let folders = 0;
const newPath = () => join(root, `data-${folders++}`);

/** Of lengths from 0 to 30 characters, some in several pieces. */
const texts = Array.from({ length: 40 }, (_, i) =>
  [`${i}: `, 'é'.repeat((i * 7) % 29)].slice(i === 3 ? 2 : 0),
);
const source = sourceOf(texts, (document) => document / 8);
const common = { source, tokenizer: byteTokenizer(), valFraction: 0.2, seed: 5 };

const prepare = (options: Partial<ShardOptions> = {}) =>
  prepareShards({ ...common, out: newPath(), shardBytes: 100, ...options });

function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    names
      .filter((name) => /\.\w+$/.test(name))
      .map((name) => [name, readFileSync(join(folder, name), 'hex')]),
  );
}

describe('shards', () => {
  it('hold, one after the other, the tokens of a text that has none, and are as large as was asked for', async () => {
    const [out, single] = [newPath(), newPath()];
    const meta = (await prepare({ out }))!;
    const wanted = await prepareData({ ...common, out: single });
    const whole = openDataset(single, 'tokens');
    const data = openDataset(out, 'tokens');
    for (const split of ['train', 'val'] as const) {
      const { shards, sha256, ...counts } = meta.splits[split];
      expect(shards).toHaveLength(11);
      expect({ ...counts, sha256: '' }).toEqual({ ...wanted.splits[split], sha256: '' });
      expect(sha256).not.toBe(wanted.splits[split].sha256);
      expect(data[split].length).toBe(whole[split].length);
      for (let start = 0; start < whole[split].length; start += 37) {
        const count = Math.min(160, whole[split].length - start);
        expect(data[split].read(start, count)).toEqual(whole[split].read(start, count));
      }
      expect(() => data[split].read(whole[split].length, 1)).toThrow(RangeError);
    }
    expect({ ...meta, splits: 0 }).toEqual({ ...wanted, splits: 0 });
    await data.verify();
    data.close();
    whole.close();
    expect(readdirSync(root).filter((name) => name.startsWith('.'))).toEqual([]);
    const files = Object.keys(contents(out)).filter((name) => !name.includes('shard'));
    expect(files).toEqual(Object.keys(contents(single)).filter((name) => !name.endsWith('.bin')));
  });

  it('are the same of any number of parts, in folders of their own or in one', async () => {
    const out = newPath();
    await prepare({ out });
    for (const [of, apart] of [
      [3, false],
      [13, true],
    ] as const) {
      const one = newPath();
      const parts = Array.from({ length: of }, () => (apart ? newPath() : one));
      for (const [i, folder] of parts.entries())
        expect(await prepare({ out: folder, part: { number: i + 1, of } })).toBeUndefined();
      const merged = apart ? newPath() : one;
      await mergeShards([...new Set(parts)], merged);
      expect(contents(merged)).toEqual(contents(out));
    }
  });

  it('that are finished are kept where the text fails later, and the same call goes on', async () => {
    const out = newPath();
    const work = join(root, `.${out.slice(root.length + 1)}.shards`);
    let [encoded, broken] = [0, true];
    const tokenizer = {
      ...codePointTokenizer(65_536, 0),
      encode(text: string) {
        if (text !== '' && ++encoded === 26 && broken) throw new Error('killed');
        return codePointTokenizer(65_536).encode(text);
      },
    };
    await expect(prepare({ out, tokenizer })).rejects.toThrow();
    const kept = readdirSync(work).filter((name) => name.startsWith('shard'));
    expect(kept.length).toBeGreaterThan(2);
    broken = false;
    encoded = 0;
    writeFileSync(join(work, 'train', 'shard-00009.bin'), 'half'); // as a kill would leave it
    await prepare({ out, tokenizer }).catch(() => {}); // a stand-in cannot be loaded again to be merged
    expect(encoded).toBeLessThan(39);
    expect(readdirSync(work).filter((name) => name.startsWith('shard'))).toHaveLength(11);
    rmSync(work, { recursive: true });
  });

  it('of another text, or of another seed, are not taken for this one’s', async () => {
    const [out, other] = [newPath(), newPath()];
    const part = { number: 1, of: 2 };
    await prepare({ out, part });
    await expect(prepare({ out, part, seed: 6 })).rejects.toThrow(`${out} holds parts of another text`);
    await expect(mergeShards([out], newPath())).rejects.toThrow(
      '5 of 11 shards are missing, the first of them shard 1',
    );
    await prepare({ out: other, part: { number: 2, of: 2 }, shardBytes: 101 });
    await expect(mergeShards([out, other], newPath())).rejects.toThrow(
      `${other} is of another text than ${out}`,
    );
    await expect(mergeShards([root], newPath())).rejects.toThrow('expected a part of a prepared text');
    await expect(prepare({ part: { number: 3, of: 2 } })).rejects.toThrow(
      'such as 1/4 for part, but got "3/2"',
    );
  });

  it('that are damaged are named', async () => {
    const out = newPath();
    await prepare({ out });
    const path = join(out, 'val', 'shard-00004.bin');
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(1, 0, 2));
    const data = openDataset(out, 'tokens');
    await expect(data.verify()).rejects.toThrow(`${path} is damaged: expected SHA-256`);
    data.close();
    truncateSync(path, 2);
    expect(() => openDataset(out)).toThrow(`${path} is damaged: expected ${bytes.length} bytes`);
  });

  it('replace an earlier text, and nothing that a stranger put there', async () => {
    const out = newPath();
    await prepareData({ ...common, out });
    await prepare({ out });
    const first = contents(out);
    await prepare({ out });
    expect(contents(out)).toEqual(first);
    await prepareData({ ...common, out });
    expect(readdirSync(out)).not.toContain('train');
    await prepare({ out });
    writeFileSync(join(out, 'train', 'mine.txt'), 'x');
    await expect(prepare({ out })).rejects.toThrow(`but it holds ${join('train', 'mine.txt')}`);
    mkdirSync(join(root, 'x', 'train'), { recursive: true });
    await expect(prepare({ out: join(root, 'x') })).rejects.toThrow('but it holds train');
  });
});
