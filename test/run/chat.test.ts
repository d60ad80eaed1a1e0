// Runs that learn conversations: their course, what one conversation sees of others, and what such a model answers.
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import * as tf from '#tfjs';
import type { LanguageModel } from '../../src/architectures/language-model.ts';
import { startBackend } from '../../src/backends/index.ts';
import { type ChatSource, textOfChat } from '../../src/chat/conversation.ts';
import { openDataset } from '../../src/data/dataset.ts';
import { prepareChat } from '../../src/data/prepare-chat.ts';
import { openModel } from '../../src/run/open.ts';
import { Talk } from '../../src/run/talk.ts';
import { paddedRows } from '../../src/tasks/chat/rows.ts';
import { tokenizerFor } from '../../src/tokenizers/choose.ts';
import { configOf, createAnyModel } from '../made-models.ts';
import { FASTEST, missing } from '../on-backends.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { courseOf, interruptAt, run } from './tiny.ts';

const root = temporaryFolder();
const data = join(root, 'data');
const WORDS = 'red blue green black white grey pink brown gold teal plum rust mint navy lime ruby'.split(' ');
const answerTo = (question: string) => question.split(' ').at(-1)!;

/** Two words are said, of which the last one is the answer. */
const source: ChatSource = {
  description: 'words',
  async *conversations() {
    for (const one of WORDS)
      for (const other of WORDS) {
        const question = `${one} ${other}`;
        yield {
          place: question,
          messages: [
            { role: 'user', content: question },
            { role: 'assistant', content: answerTo(question) },
          ],
        };
      }
  },
};

beforeAll(async () => {
  const tokenizer = await tokenizerFor('whitespace', textOfChat(source));
  await prepareChat({ source, tokenizer, out: data, valFraction: 0.1, seed: 1 });
});

const FLAGS = { context: 12, batchSize: 4, totalBatchTokens: 96 };

if (missing) it.skip(missing, () => {});

it.each(['gpt', 'llama', 'gru'])('%s: goes on to the same bits after interruptions', async (arch) => {
  const request = { data, arch, flags: { ...FLAGS, maxSteps: 9, evalTokens: 50 } };
  const out = join(root, arch);
  await run({ ...request, out: `${out} whole` });
  await run({ ...request, out }, interruptAt(4));
  await run({ out, resume: true }, interruptAt(7));
  expect(await run({ out, resume: true })).toMatchObject({ ended: 'budget', step: 9 });
  expect(await courseOf(out)).toEqual(await courseOf(`${out} whole`));
});

it('an adapter is trained for a run on conversations', async () => {
  const out = join(root, 'adapter');
  const flags = { maxSteps: 2, loraRank: 2, batchSize: 4, totalBatchTokens: 48 };
  await run({ data, out, init: join(root, 'gpt'), flags: { ...flags, context: 12 } });
  const { model, tokenizer } = await openModel(out);
  const talk = new Talk(model, tokenizer);
  expect((await talk.answer('red blue')).tokens.length).toBeLessThan(12);
  talk.close();
});

it.each(['gpt', 'llama', 'lstm', 'gru', 'rnn', 'cnn'])(
  '%s: a conversation in a batch has the logits that it has alone',
  async (arch) => {
    await startBackend(FASTEST.backend, { precision: 'fp32' });
    const { train, meta, close } = openDataset(data, 'chat');
    const sizes = { layers: 1, width: 8, heads: 2, context: 16, vocabSize: meta.tokenizer.vocabSize };
    const model = createAnyModel(configOf(arch, sizes), 1) as LanguageModel;
    const examples = [0, 1, 2].map((i) => train.at(i));
    const short = { ids: examples[0]!.ids.subarray(0, 4), learned: examples[0]!.learned.subarray(0, 4) };
    const logitsOf = (rows: typeof examples) =>
      tf.tidy(() => model.logits(paddedRows(rows).inputs).slice([0, 0, 0], [1, 3, -1]).dataSync());
    expect(logitsOf([short, ...examples.slice(1)])).toAgree(logitsOf([short]), 'model');
    model.dispose();
    close();
  },
);

it('a small model answers questions that it never saw', async () => {
  const out = join(root, 'taught');
  await run({
    data,
    out,
    arch: 'llama',
    flags: {
      ...{ context: 12, batchSize: 24, width: 32, heads: 4, layers: 2, dropout: 0, learningRate: 4e-3 },
      ...{
        maxSteps: 450,
        evalInterval: 450,
        checkpointInterval: 450,
        evalTokens: 1000,
        totalBatchTokens: 288,
      },
    },
  });
  const { model, tokenizer } = await openModel(out);
  const { test, close } = openDataset(data, 'chat');
  const talk = new Talk(model, tokenizer, { sampling: { temperature: 0 } });
  let right = 0;
  for (let i = 0; i < test.length; i++) {
    const question = tokenizer.decode(test.at(i).ids.subarray(1, 3));
    talk.reset();
    const { text, finish } = await talk.answer(question);
    if (text === answerTo(question) && finish === 'end-of-text') right++;
  }
  talk.close();
  close();
  expect(test.length).toBeGreaterThan(5);
  expect(right / test.length).toBeGreaterThan(0.9); // one in sixteen by chance
});

it('a talk forgets its oldest turns, never its system message, and answers alike after a reset', async () => {
  const { model, tokenizer } = await openModel(join(root, 'gpt'));
  const sampling = { temperature: 1, seed: 5, maxTokens: 2 };
  const talk = new Talk(model, tokenizer, { sampling });
  const questions = ['red blue', 'blue', 'green red', 'blue red'];
  const ask = async () => {
    const answers = [];
    for (const question of questions) answers.push(await talk.answer(question));
    return answers;
  };
  const answers = await ask();
  expect(answers[0]!.forgotten).toBe(0);
  expect(answers.at(-1)!.forgotten).toBeGreaterThan(0);
  talk.reset();
  expect(await ask()).toEqual(answers);
  await expect(talk.answer('red '.repeat(9))).rejects.toThrow(
    'expected a message that leaves room for an answer in the context, 12 tokens',
  );
  const stopped = await talk.answer('red', { signal: AbortSignal.abort() });
  expect(stopped).toMatchObject({ text: '', finish: 'interrupted' });
  talk.close();
  model.dispose();
});
