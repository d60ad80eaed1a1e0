import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { messagesOf } from '../../src/chat/formats.ts';
import { openChat } from '../../src/chat/open.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const MESSAGES = [
  { role: 'system', content: 'Be kind.' },
  { role: 'user', content: 'Hello' },
  { role: 'assistant', content: 'Hi' },
];

describe('the same conversation', () => {
  it.each([
    ['OpenAI', { id: 7, messages: MESSAGES.map((message) => ({ ...message, name: 'x' })) }],
    [
      'OpenAI’s parts',
      {
        messages: MESSAGES.map(({ role, content }) => ({ role, content: [{ type: 'text', text: content }] })),
      },
    ],
    [
      'ShareGPT',
      {
        system: 'Be kind.',
        conversations: [
          { from: 'human', value: 'Hello' },
          { from: 'gpt', value: 'Hi' },
        ],
      },
    ],
    ['ShareGPT with roles', { conversations: MESSAGES }],
    ['Alpaca', { system: 'Be kind.', instruction: 'Hello', input: '', output: 'Hi' }],
  ])('as %s has it', (_, record) => {
    expect(messagesOf(record, 'x')).toEqual(MESSAGES);
  });
});

it('Alpaca’s input follows its instruction', () => {
  const [question] = messagesOf({ instruction: 'Translate', input: 'cat', output: 'chat' }, 'x');
  expect(question).toEqual({ role: 'user', content: 'Translate\n\ncat' });
});

it.each<[unknown, string]>([
  [7, 'expected "messages" (OpenAI), "conversations" (ShareGPT) or "instruction" (Alpaca)'],
  [{ text: 'a' }, 'expected "messages"'],
  [{ messages: [] }, 'no message is the assistant’s'],
  [{ messages: [{ role: 'user', content: 'a' }] }, 'no message is the assistant’s'],
  [{ messages: [{ role: 'tool', content: 'a' }] }, 'got "tool"'],
  [{ messages: [{ role: 'constructor', content: 'a' }] }, 'got "constructor"'],
  [{ messages: [{ role: 'user', content: [{ type: 'image' }] }] }, 'expected a text, or a list of parts'],
  [{ messages: [{ role: 'assistant', content: 'a', tool_calls: [{}] }] }, 'tsgpt does not learn from it'],
  [{ messages: [{ role: 'assistant', content: 'a', weight: 0 }] }, 'weight: tsgpt does not learn from it'],
  [{ conversations: [{ from: 'human' }] }, 'expected a list of {"from", "value"}'],
  [{ instruction: 'a' }, 'output'],
  [{ instruction: 'a', output: 'b', history: [['c', 'd']] }, 'tsgpt reads no history'],
])('%j is refused', (record, why) => {
  expect(() => messagesOf(record, 'talks.jsonl, line 3')).toThrow(why);
  expect(() => messagesOf(record, 'talks.jsonl, line 3')).toThrow('talks.jsonl, line 3');
});

describe('files', () => {
  const folder = temporaryFolder();
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const read = async (...inputs: string[]) => {
    const all = [];
    for await (const conversation of (await openChat(inputs)).conversations()) all.push(conversation);
    return all;
  };
  const record = JSON.stringify({ messages: MESSAGES });

  it('hold one on each line, or an array of them', async () => {
    const [lines, array] = [file('a.jsonl', `${record}\n\n${record}\n`), file('b.json', `[${record}]`)];
    const all = await read(lines, array);
    expect(all.map(({ messages }) => messages)).toEqual([MESSAGES, MESSAGES, MESSAGES]);
    expect(all.map(({ place }) => place)).toEqual([
      `${lines}, line 1`,
      `${lines}, line 3`,
      `${array}, record 1`,
    ]);
  });

  it.each([
    ['c.jsonl', `${record}\n{`, 'line 2: not JSON'],
    ['d.jsonl', '\n', 'there are no conversations in'],
    ['e.json', record, 'expected an array of conversations'],
    ['f.txt', record, 'a .jsonl or .json file'],
  ])('%s is refused', async (name, text, why) => {
    await expect(read(file(name, text))).rejects.toThrow(why);
  });

  it('that are not there are refused', async () => {
    await expect(read(join(folder, 'none.jsonl'))).rejects.toThrow('no such file');
    await expect(read()).rejects.toThrow('no conversations are named');
  });
});
