// OpenAI's encodings, made from the tables that tiktoken ships.
import { z } from 'zod';
import { BytePairTokenizer } from './byte-pair.ts';

const tableSchema = z.object({
  bpe_ranks: z.string(),
  special_tokens: z.record(z.string(), z.int()),
  pat_str: z.string(),
});

const TABLES = {
  gpt2: () => import('tiktoken/encoders/gpt2'),
  r50k_base: () => import('tiktoken/encoders/r50k_base'),
  p50k_base: () => import('tiktoken/encoders/p50k_base'),
  cl100k_base: () => import('tiktoken/encoders/cl100k_base'),
  o200k_base: () => import('tiktoken/encoders/o200k_base'),
};

export type EncodingName = keyof typeof TABLES;

export const ENCODINGS = Object.keys(TABLES) as EncodingName[];

export function isEncoding(name: string): name is EncodingName {
  return Object.hasOwn(TABLES, name);
}

export async function tableOf(name: EncodingName): Promise<z.infer<typeof tableSchema>> {
  return tableSchema.parse((await TABLES[name]()).default);
}

export async function tiktokenEncoding(name: EncodingName): Promise<BytePairTokenizer> {
  const table = await tableOf(name);
  return new BytePairTokenizer(name, {
    idOf: readRanks(table.bpe_ranks),
    specials: new Map(Object.entries(table.special_tokens)),
    pattern: table.pat_str,
  });
}

/** `ranks` holds lines of `! <first id> <base64> <base64> …`. */
export function readRanks(ranks: string): Map<string, number> {
  const idOf = new Map<string, number>();
  for (const line of ranks.split('\n').filter((l) => l !== '')) {
    const [, first, ...tokens] = line.split(' ');
    tokens.forEach((token, i) => {
      idOf.set(atob(token), Number(first) + i);
    });
  }
  return idOf;
}
