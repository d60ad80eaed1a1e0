// chat.json: what transformers makes of conversations. A trusted file of our own: typed here, not checked.
import { readFileSync } from 'node:fs';
import type { Message } from '../../src/chat/conversation.ts';
import { fromJson } from '../../src/tokenizers/from-json.ts';
import type { Tokenizer } from '../../src/tokenizers/tokenizer.ts';
import { goldenTokenizer } from '../golden/tokenizers.ts';

interface Said {
  ids: number[];
  said: number[];
}

interface Golden {
  shape: string;
  added: object[];
  special: Record<string, string>;
  tagged: string;
  untagged: string;
  cases: (Said & { messages: Message[]; text: string; prompt: string; answers: Said[] })[];
}

export const GOLDEN: {
  templates: Record<string, Golden>;
  loss: { table: number[][]; rows: { ids: number[]; learned: number[] }[]; loss: number };
} = JSON.parse(readFileSync(new URL('../golden/chat.json', import.meta.url), 'utf8'));

export function tokenizerWith(
  { shape, added, special }: Golden,
  chatTemplate: string,
): Tokenizer & { chatTemplate: string } {
  const { tokenizer: json } = goldenTokenizer(shape);
  const all = { ...json, added_tokens: [...(json.added_tokens as object[]), ...added] };
  return Object.assign(fromJson(all, shape, special), { chatTemplate });
}
