// A prepared folder of conversations: what is in it, and what is refused.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ChatSource } from '../../src/chat/conversation.ts';
import { openDataset } from '../../src/data/dataset.ts';
import { prepareChat } from '../../src/data/prepare-chat.ts';
import { byteTokenizer } from '../../src/tokenizers/byte-pair.ts';
import { loadTokenizer } from '../../src/tokenizers/store.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const out = join(temporaryFolder(), 'chat');
const OPENINGS = 40;

/** Each question is asked twice, and gets two answers. */
const source: ChatSource = {
  description: 'talks',
  async *conversations() {
    for (let i = 0; i < 2 * OPENINGS; i++)
      yield {
        place: `talk ${i}`,
        messages: [
          { role: 'user', content: `q${i % OPENINGS}` },
          { role: 'assistant', content: `a${i}` },
          { role: 'user', content: 'bye' },
        ],
      };
  },
};
const prepare = (chatTemplate?: string, folder = out) =>
  prepareChat({
    source,
    tokenizer: Object.assign(byteTokenizer(), chatTemplate !== undefined && { chatTemplate }),
    out: folder,
    valFraction: 0.2,
    seed: 1,
  });

beforeAll(async () => {
  await prepare();
});

it('holds each conversation once, up to its last answer, with what of it is learned', async () => {
  const data = openDataset(out, 'chat');
  await data.verify();
  const tokenizer = await loadTokenizer(out);
  const texts = (['train', 'val', 'test'] as const).map((name) => {
    const split = data[name];
    expect(split.length).toBe(data.meta.splits[name].conversations);
    return Array.from({ length: split.length }, (_, i) => {
      const { ids, learned } = split.at(i);
      expect(ids).toHaveLength(split.lengthOf(i));
      return [tokenizer.decode(ids), tokenizer.decode(ids.filter((_, t) => learned[t]))] as const;
    });
  });
  data.close();
  const all = new Map(texts.flat());
  expect(all.size).toBe(2 * OPENINGS);
  for (let i = 0; i < 2 * OPENINGS; i++) {
    const text = `user\nq${i % OPENINGS}<|endoftext|>assistant\na${i}<|endoftext|>`;
    expect(all.get(text)).toBe(`a${i}<|endoftext|>`);
  }
  const openings = texts.map((split) => new Set(split.map(([text]) => text.split('<')[0])));
  expect(openings.reduce((sum, { size }) => sum + size, 0)).toBe(OPENINGS); // no opening is in two splits
  expect(tokenizer.chatTemplate).toContain("message.role + '\\n'");
});

it('is replaced by another preparation, and by nothing else', async () => {
  await prepare();
  expect(readdirSync(out)).toContain('chat_template.jinja');
  expect(() => openDataset(out, 'tokens')).toThrow(`expected a text, but ${out} holds conversations`);
});

describe('is refused', () => {
  it.each<[file: string, why: string]>([
    ['train.bin', 'expected'],
    ['val.ends.bin', 'expected'],
    ['test.learned.bin', 'expected'],
  ])('where %s has another size', async (file, why) => {
    const folder = join(temporaryFolder(), 'hurt');
    await prepare(undefined, folder);
    writeFileSync(join(folder, file), readFileSync(join(folder, file)).subarray(1));
    expect(() => openDataset(folder, 'chat')).toThrow(new RegExp(`${file} is damaged: ${why}`));
  });

  it('where marks or ends are others', async () => {
    const folder = join(temporaryFolder(), 'hurt');
    await prepare(undefined, folder);
    const marks = join(folder, 'train.learned.bin');
    writeFileSync(marks, readFileSync(marks).fill(0));
    const data = openDataset(folder, 'chat');
    expect(() => data.train.at(0)).toThrow('the last token of conversation 1 is not learned');
    await expect(data.verify()).rejects.toThrow('train.learned.bin is damaged: expected SHA-256');
    data.close();
    const ends = join(folder, 'train.ends.bin');
    writeFileSync(ends, readFileSync(ends).fill(0));
    expect(() => openDataset(folder, 'chat')).toThrow('end 0 is 0');
  });

  it.each([
    [
      '{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}',
      'no special token after an answer',
    ],
    [
      '{% for m in messages %}{% generation %}{{ m.content }}{% endgeneration %}{{ eos_token }}{% endfor %}',
      'leave out the token that ends an answer',
    ],
    ['{{ messages | evil }}', 'evil'],
  ])('by the template %s', async (template, why) => {
    await expect(prepare(template, join(temporaryFolder(), 'none'))).rejects.toThrow(why);
  });
});
