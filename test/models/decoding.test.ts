// Decoding gives each text what one forward pass over it gives, however it is fed and whatever is decoded beside it.
import { describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import type { ModelConfig } from '../../src/architectures/config.ts';
import type { Portion } from '../../src/architectures/language-model.ts';
import { describeOnAllBackends, describeOnBackends } from '../on-backends.ts';
import {
  ABLATED,
  fullLogits,
  GEMMA,
  GPT,
  ids,
  LLAMA,
  LSTM,
  livelyModel,
  nextLogits,
  randomTexts,
  STACKED,
  tensorsInUse,
} from './example.ts';
import { lengthOf, only, play, randomTimetable } from './timetable.ts';

const ARCHITECTURES: { name: string; config: ModelConfig }[] = [
  { name: 'gpt', config: GPT },
  { name: 'llama', config: LLAMA },
  { name: 'ablated llama', config: ABLATED },
  { name: 'llama of Gemma’s parts', config: GEMMA },
  ...STACKED.map(([name, config]) => ({ name, config })),
  { name: 'lstm with a tied head', config: { ...LSTM, tiedHead: true } },
];

/** What a transformer still sees of a text after each portion: all while it fits, then the last three quarters of the context. */
function seenOf(portions: number[], { arch, context }: ModelConfig): number {
  if (arch !== 'gpt' && arch !== 'llama') return sum(portions);
  const kept = Math.max(1, Math.floor((context * 3) / 4));
  return portions.reduce((seen, count) => (seen + count > context ? kept : seen + count), 0);
}

describeOnAllBackends(() => {
  describe.each(ARCHITECTURES)('$name', ({ config }) => {
    // A transformer's context is too short for most of the texts.
    const model = () => livelyModel({ ...config, context: 10 });
    const some = () => (tf.getBackend() === 'webgpu' ? 2 : 5);

    it('texts that come, grow and go each in its time get what a forward pass over each gives', async () => {
      const table = randomTimetable(1, some(), 10);
      const texts = randomTexts(1, some(), 50, config.vocabSize);
      const writer = model();
      const got = await play(writer, texts, table);
      for (const [text, logits] of got.entries()) {
        const portions = only(text, table).map(([part]) => part!.count);
        expect(logits.length).toBe(portions.length);
        const end = lengthOf(text, table);
        const window = texts[text]!.slice(end - seenOf(portions, writer.config), end);
        const [expected] = await fullLogits(writer, [window]);
        expect(logits.at(-1)!, `text ${text}`).toAgree(expected!.at(-1)!, 'model');
      }
    });

    it('each text gets what it gets alone, to the bit but on a GPU', async () => {
      const table = randomTimetable(2, some(), 10);
      const texts = randomTexts(2, some(), 50, config.vocabSize);
      const writer = model();
      const together = await play(writer, texts, table);
      for (const text of texts.keys()) {
        const alone = (await play(writer, texts, only(text, table)))[text]!;
        if (tf.getBackend() !== 'webgpu') expect(together[text], `text ${text}`).toEqual(alone);
        else expect(together[text]!.flat()).toAgree(alone.flat(), 'model');
      }
    });

    it('a text in a place that another has left knows nothing of that one', async () => {
      const [left, right] = randomTexts(3, 2, 6, config.vocabSize) as [number[], number[]];
      const decoding = model().startDecoding();
      const first = decoding.join();
      await nextLogits(decoding, [{ row: first, tokens: left }]);
      decoding.leave(first);
      const second = decoding.join();
      expect(second).toBe(first);
      const next = await nextLogits(decoding, [{ row: second, tokens: right }]);
      const fresh = model().startDecoding();
      expect(next).toEqual(await nextLogits(fresh, [{ row: fresh.join(), tokens: right }]));
    });

    it('texts that fork from one go on from what it is, and on their own', async () => {
      const [start, left, right] = randomTexts(4, 3, 5, config.vocabSize) as [number[], number[], number[]];
      const decoding = model().startDecoding();
      const first = decoding.join();
      const other = decoding.join();
      await nextLogits(decoding, [
        { row: first, tokens: start },
        { row: other, tokens: left },
      ]);
      const forks = decoding.fork(first, 2);
      expect([first, other, ...forks]).toEqual([0, 1, 2, 3]);
      const feed = (t: number) =>
        nextLogits(decoding, [
          { row: forks[0]!, tokens: [left[t]!] },
          { row: first, tokens: [right[t]!] },
        ]);
      await feed(0);
      const [, ...ends] = [
        await feed(1),
        await nextLogits(decoding, [{ row: forks[1]!, tokens: left.slice(0, 2) }]),
      ];
      const [wentLeft, wentRight] = await feed(2);
      const expected = async (tokens: number[]) => (await fullLogits(model(), [tokens]))[0]!.at(-1)!;
      for (const [got, tokens] of [
        [wentLeft, [...start, ...left.slice(0, 3)]],
        [wentRight, [...start, ...right.slice(0, 3)]],
        [ends[0]![0], [...start, ...left.slice(0, 2)]],
      ] as [number[], number[]][])
        expect(got).toAgree(await expected(tokens), 'model');
    });

    it('keeps no tensors but its memory, however long, and frees that', async () => {
      const writer = model();
      const texts = randomTexts(5, 2, 25, config.vocabSize);
      const before = tensorsInUse();
      const decoding = writer.startDecoding();
      const rows = texts.map(() => decoding.join());
      const feed = (at: number) =>
        nextLogits(
          decoding,
          rows.map((row, i) => ({ row, tokens: [texts[i]![at]!] })),
        );
      await feed(0);
      const during = tensorsInUse();
      for (let at = 1; at < 25; at++) {
        await feed(at);
        expect(tensorsInUse(), `after ${at + 1} tokens`).toEqual(during);
      }
      decoding.dispose();
      expect(tensorsInUse()).toEqual(before);
    });

    it('decodings of one model do not disturb one another', async () => {
      const writer = model();
      const [left, right] = randomTexts(6, 2, 6, config.vocabSize) as [number[], number[]];
      const decodings = [1, 2, 3].map(() => writer.startDecoding());
      const [only, first, second] = decodings.map((decoding) => {
        const row = decoding.join();
        return (token: number) => nextLogits(decoding, [{ row, tokens: [token] }]);
      }) as [Feed, Feed, Feed];
      for (let at = 0; at < 5; at++) await only(left[at]!);
      for (let at = 0; at < 5; at++) {
        await first(left[at]!);
        await second(right[at]!);
      }
      expect(await first(left[5]!)).toEqual(await only(left[5]!));
      for (const decoding of decodings) decoding.dispose();
    });
  });
});

describeOnBackends(() => {
  describe('a GPT past its context', () => {
    // How many tokens it still sees after each feed: all while they fit, then the last three quarters of the context.
    it.each([
      { context: 8, portions: ones(15), seen: [1, 2, 3, 4, 5, 6, 7, 8, 6, 7, 8, 6, 7, 8, 6] },
      { context: 8, portions: [5, 5, 2, 1, 3], seen: [5, 6, 8, 6, 6] },
      { context: 8, portions: [8, 1, 20, 2], seen: [8, 6, 6, 8] },
      { context: 8, portions: [25, 1], seen: [6, 7] },
      { context: 5, portions: ones(9), seen: [1, 2, 3, 4, 5, 3, 4, 5, 3] },
      { context: 2, portions: ones(4), seen: [1, 2, 1, 2] },
      { context: 1, portions: [1, 1, 3], seen: [1, 1, 1] },
    ])('of $context, fed $portions, sees $seen', async ({ context, portions, seen }) => {
      const model = livelyModel({ ...GPT, context });
      const [text] = randomTexts(7, 1, sum(portions), GPT.vocabSize) as [number[]];
      const decoding = model.startDecoding();
      const row = decoding.join();
      let fed = 0;
      for (const [i, count] of portions.entries()) {
        const [next] = await nextLogits(decoding, [{ row, tokens: text.slice(fed, fed + count) }]);
        fed += count;
        const [expected] = await fullLogits(model, [text.slice(fed - seen[i]!, fed)]);
        expect(next!, `${fed} tokens`).toAgree(expected!.at(-1)!, 'model');
      }
    });
  });

  it.each(STACKED)(
    'a model of the kind %s past its context still remembers all of its text',
    async (_, config) => {
      const model = livelyModel({ ...config, context: 8 });
      const [text] = randomTexts(8, 1, 30, config.vocabSize) as [number[]];
      const decoding = model.startDecoding();
      const row = decoding.join();
      await nextLogits(decoding, [{ row, tokens: text.slice(0, 20) }]);
      const [next] = await nextLogits(decoding, [{ row, tokens: text.slice(20) }]);
      const [expected] = await fullLogits(model, [text]);
      expect(next!).toAgree(expected!.at(-1)!, 'model');
    },
  );

  it('a GPT refuses a whole text longer than its context', () => {
    const model = livelyModel(GPT);
    expect(() => model.logits(ids([ones(17)]))).toThrow('gpt: expected at most 16 positions, but got 17');
  });

  it('a decoding refuses rows that it does not know, that come twice, and that get nothing', () => {
    const decoding = livelyModel(LSTM).startDecoding();
    const row = decoding.join();
    const fed = (...portions: Portion[]) => expect(() => decoding.feed(portions));
    fed({ row: 1, tokens: [1] }).toThrow('decoding: expected a row that has joined, but got 1');
    fed({ row, tokens: [1] }, { row, tokens: [2] }).toThrow(
      'decoding: expected each row once, but got 0 twice',
    );
    fed({ row, tokens: [] }).toThrow('decoding: expected tokens of row 0, but got none');
    fed().toThrow('decoding: expected tokens of at least one row, but got none');
    expect(() => decoding.fork(1, 1)).toThrow('decoding: expected a row that has joined, but got 1');
    decoding.leave(row);
    expect(() => decoding.leave(row)).toThrow('decoding: expected a row that has joined, but got 0');
  });
});

type Feed = (token: number) => Promise<number[][]>;

function ones(count: number): number[] {
  return new Array<number>(count).fill(1);
}

function sum(counts: number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
