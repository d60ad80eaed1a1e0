// Texts that are decoded side by side by a timetable: each joins with its first tokens, is fed one token or several now and
// then, and leaves after its last, so that others take its place.
import type { LanguageModel } from '../../src/architectures/language-model.ts';
import { keyFor, Stream } from '../../src/base/random.ts';
import { nextLogits } from './example.ts';

/** Feeds, each of which gives some texts so many further tokens. */
export type Timetable = { text: number; count: number }[][];

/** Few of them: a GPU's program for each number of rows takes long to compile in software. */
const COUNTS = [1, 2, 5];

export function randomTimetable(seed: number, texts: number, feeds: number): Timetable {
  const random = new Stream(keyFor(seed, 'timetable'));
  const several = () => COUNTS[random.below(COUNTS.length)]!;
  const lives = Array.from({ length: texts }, () => {
    const first = random.below(feeds / 2);
    return [first, first + feeds / 2] as const;
  });
  const table = Array.from({ length: feeds }, (_, feed) =>
    lives.flatMap(([first, last], text) => {
      if (feed < first || feed > last) return [];
      if (feed === first) return [{ text, count: several() }];
      return random.below(4) === 0 ? [] : [{ text, count: random.below(4) === 0 ? several() : 1 }];
    }),
  );
  return table.filter((feed) => feed.length > 0);
}

export function only(text: number, table: Timetable): Timetable {
  return table.map((feed) => feed.filter((part) => part.text === text)).filter((feed) => feed.length > 0);
}

/** How many tokens of a text are fed in the end. */
export function lengthOf(text: number, table: Timetable): number {
  return only(text, table).reduce((sum, [part]) => sum + part!.count, 0);
}

/** The logits that each text gets, feed by feed. */
export async function play(
  model: Pick<LanguageModel, 'startDecoding'>,
  texts: number[][],
  table: Timetable,
): Promise<number[][][]> {
  const decoding = model.startDecoding();
  const rows = new Map<number, number>();
  const fed = texts.map(() => 0);
  const got = texts.map((): number[][] => []);
  for (const [i, feed] of table.entries()) {
    const portions = feed.map(({ text, count }) => {
      if (!rows.has(text)) rows.set(text, decoding.join());
      const tokens = texts[text]!.slice(fed[text], fed[text]! + count);
      fed[text]! += count;
      return { row: rows.get(text)!, tokens };
    });
    const logits = await nextLogits(decoding, portions);
    for (const [p, { text }] of feed.entries()) {
      got[text]!.push(logits[p]!);
      const isLast = !table.slice(i + 1).some((later) => later.some((part) => part.text === text));
      if (isLast) decoding.leave(rows.get(text)!);
    }
  }
  decoding.dispose();
  return got;
}
