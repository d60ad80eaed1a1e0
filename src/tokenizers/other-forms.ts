// A byte-pair tokenizer as the files of other programs: tiktoken's ranks, or GPT-2's vocab.json and merges.txt.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { TsgptError } from '../base/errors.ts';
import { readable } from '../base/system-error.ts';
import { merges, pairOf, vocabulary } from './json-parts.ts';
import { saveTokenizer } from './store.ts';
import type { Tokenizer } from './tokenizer.ts';

export type TokenizerForm = 'json' | 'gpt2' | 'tiktoken';

const bytePairs = z.looseObject({
  model: z.looseObject({ type: z.literal('BPE').optional(), vocab: vocabulary, merges }),
  added_tokens: z.array(z.looseObject({ id: z.int(), content: z.string() })).default([]),
});

/** Writes tokenizer.json, or vocab.json and merges.txt, or <name>.tiktoken to a folder; returns the files' names. */
export function saveTokenizerAs(tokenizer: Tokenizer, form: TokenizerForm, out: string): string[] {
  if (form === 'json') {
    saveTokenizer(out, tokenizer);
    return ['tokenizer.json'];
  }
  const files = form === 'gpt2' ? gpt2Files(tokenizer) : tiktokenFile(tokenizer);
  try {
    mkdirSync(out, { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(out, name), text);
  } catch (error) {
    throw readable(error, `writing ${out}`);
  }
  return Object.keys(files);
}

function gpt2Files(tokenizer: Tokenizer): Record<string, string> {
  const { model } = partsOf(tokenizer);
  const lines = model.merges.map((merge) => pairOf(merge).join(' '));
  return {
    'vocab.json': JSON.stringify(model.vocab),
    'merges.txt': ['#version: 0.2', ...lines, ''].join('\n'),
  };
}

/** In a file of ranks a token's id is also its turn to be merged, so merges must stand in the order of their tokens' ids. */
function tiktokenFile(tokenizer: Tokenizer): Record<string, string> {
  const { model, added_tokens } = partsOf(tokenizer);
  let last = -1;
  for (const merge of model.merges) {
    const id = model.vocab[pairOf(merge).join('')]!;
    if (!(id > last))
      throw new TsgptError(
        `${tokenizer.name} merges token ${id} after token ${last}, which a file of ranks cannot say`,
        'take --format gpt2 or json',
      );
    last = id;
  }
  const special = new Set(added_tokens.map(({ id }) => id));
  const ids = Object.values(model.vocab).filter((id) => !special.has(id));
  const lines = ids
    .sort((a, b) => a - b)
    .map((id) => `${Buffer.from(tokenizer.bytesOf(id)).toString('base64')} ${id}\n`);
  return { [`${tokenizer.name.replaceAll(/[^\w.-]/g, '_')}.tiktoken`]: lines.join('') };
}

function partsOf(tokenizer: Tokenizer): z.infer<typeof bytePairs> {
  const parts = bytePairs.safeParse(tokenizer.toJSON());
  if (parts.success && (tokenizer.kind === 'bpe' || tokenizer.kind === 'byte')) return parts.data;
  throw new TsgptError(
    `expected a tokenizer of byte pairs, but ${tokenizer.name} is of the kind ${tokenizer.kind}`,
    'take --format json',
  );
}
