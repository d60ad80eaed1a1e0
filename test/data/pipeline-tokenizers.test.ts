// Documents in the tokens of tokenizers from elsewhere: each begins and ends as its model expects, and is encoded as a whole where
// tokens may span words.
import { expect, it } from 'vitest';
import { prepareInMemory } from '../../src/data/in-memory.ts';
import { fromJson } from '../../src/tokenizers/from-json.ts';
import { goldenTokenizer } from '../golden/tokenizers.ts';
import { sourceOf } from './stand-ins.ts';

it.each([
  ['llama2', 2, [1]],
  ['gemma', 2, [1]],
  ['llama3', 382, [381]],
  ['smollm', 380, []],
] as const)('%s', async (shape, end, start) => {
  const { tokenizer: json } = goldenTokenizer(shape);
  const added = json.added_tokens as { id: number; content: string }[];
  const { content } = added.find(({ id }) => id === end)!;
  const tokenizer = fromJson(json, shape, { eos_token: content });
  expect([tokenizer.endOfText, tokenizer.startOfText]).toEqual([end, start]);
  const documents = ['the cat, that sat', ' on the  mat.', 'the rat ate the cat'];
  const source = sourceOf(documents.map((text) => [text.slice(0, 7), text.slice(7)]));
  const { train, val } = await prepareInMemory({ source, tokenizer, valFraction: 0.3, seed: 1 });
  const ids = [...train.read(0, train.length), ...val.read(0, val.length)];
  const whole = documents.map((text) => [...start, ...tokenizer.encode(text), end]);
  expect(ids.length).toBe(whole.flat().length);
  for (const document of whole) expect(ids.join()).toContain(document.join());
});
