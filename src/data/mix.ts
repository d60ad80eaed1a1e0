// Several prepared texts as one, mixed by weight: web:0.7,books:0.3. They share a tokenizer.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from '../base/errors.ts';
import type { SplitMeta } from './meta.ts';
import type { SplitName } from './split.ts';
import type { TextDataset } from './text-dataset.ts';
import { inOneRow } from './tokens.ts';

export interface MixPart {
  folder: string;
  weight: number;
}

/** The parts that a mix names; undefined where this is the name of a folder. */
export function mixNamed(data: string): MixPart[] | undefined {
  if (existsSync(data)) return undefined;
  const parts = data.split(',').map((part) => /^(.+):(\d+(?:\.\d+)?|\.\d+)$/.exec(part));
  if (parts.some((part) => part === null)) return undefined;
  const mix = parts.map((part) => ({ folder: part![1]!, weight: Number(part![2]) }));
  const least = mix.reduce((sum, { weight }) => sum + weight, 0) / 1000;
  for (const { folder, weight } of mix)
    if (!(weight >= least && weight > 0))
      throw new UsageError(
        `expected at least a thousandth of all weights for ${folder}, but got ${weight}`,
        'leave it out',
      );
  return mix;
}

/** Windows to train on are drawn by the weights; the validation split is the parts' one after the other. */
export function openMix(parts: readonly MixPart[], open: (folder: string) => TextDataset): TextDataset {
  const texts = parts.map(({ folder }) => open(folder));
  const first = texts[0]!;
  const close = () => {
    for (const text of texts) text.close();
  };
  const other = texts.find(({ meta }) => meta.tokenizer.fingerprint !== first.meta.tokenizer.fingerprint);
  if (other !== undefined) {
    close();
    throw new UsageError(
      `expected texts of one tokenizer, but that of ${other.folder} is another than that of ${first.folder}`,
      `prepare it with --tokenizer ${first.folder}`,
    );
  }
  const mix = texts.map(({ train }, i) => ({ tokens: train, weight: parts[i]!.weight }));
  const splitOf = (name: SplitName) =>
    together(
      texts.map(({ meta }) => meta.splits[name]),
      parts,
    );
  return {
    folder: parts.map(({ folder, weight }) => `${resolve(folder)}:${weight}`).join(),
    tokenizerFolder: first.folder,
    meta: {
      ...first.meta,
      source: texts.map(({ meta }, i) => `${parts[i]!.weight} × ${meta.source}`).join(' + '),
      splits: { train: splitOf('train'), val: splitOf('val') },
    },
    train: { ...inOneRow(mix.map(({ tokens }) => tokens)), mix },
    val: inOneRow(texts.map(({ val }) => val)),
    async verify() {
      for (const text of texts) await text.verify();
    },
    close,
  };
}

function together(splits: readonly SplitMeta[], parts: readonly MixPart[]): SplitMeta {
  const sum = (count: 'tokens' | 'bytes' | 'documents') =>
    splits.reduce((all, split) => all + split[count], 0);
  const digests = splits.map(({ sha256 }, i) => `${sha256}:${parts[i]!.weight}`).join();
  return {
    ...{ tokens: sum('tokens'), bytes: sum('bytes'), documents: sum('documents') },
    sha256: createHash('sha256').update(digests).digest('hex'),
  };
}
