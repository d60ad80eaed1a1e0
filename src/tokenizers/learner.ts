// Learns byte-pair merges from a text: in C++, where the addon is built, while the text is read. In a browser plain-learner.ts takes
// this file's place ("browser" in package.json).
import { batched } from '../base/batched.ts';
import type { Piece, TextSource } from '../text/source.ts';
import { cutBetweenWords } from './boundary.ts';
import { tooManyWords } from './count-words.ts';
import { type Learned, nativeFor } from './native.ts';
import { type LearnedMerges, learnFrom as learnPlainly, type Told, type Wanted } from './plain-learner.ts';

/** The most bytes that all different words have together, of which merging takes up to 30 times as much memory. */
const MOST_BYTES = 2 ** 28;
/** So many characters are handed over at once, and so many merges asked for. */
const BATCH = 2 ** 24;
const MERGES = 256;

/** See plain-learner.ts; the merges are the same. */
export async function learnFrom(
  source: TextSource,
  wanted: Wanted,
  told: Told,
  { batch = BATCH, most = MOST_BYTES } = {},
): Promise<LearnedMerges | undefined> {
  const found = nativeFor(wanted.pattern);
  if (found === undefined) return learnPlainly(source, wanted, told);
  const { native, split } = found;
  const learner = native.createLearner(split);
  const cores = native.cores();

  let read = 0;
  let underWay: Promise<Learned> | undefined;
  let counted: Learned | undefined;
  const heard = async () => {
    counted = await underWay;
    if (counted && counted.bytes > most) throw tooManyWords(source, counted.words);
    told.characters(read);
  };
  const length = ({ text }: Piece) => text.length;
  for await (const pieces of batched(cutBetweenWords(source.pieces()), length, batch)) {
    await heard();
    underWay = native.countWords(
      learner,
      pieces.map(({ text }) => text),
      cores,
    );
    read += pieces.reduce((sum, piece) => sum + length(piece), 0);
  }
  await heard();
  if (!counted?.words) return undefined;

  const merges: [number, number][] = [];
  let memory = counted.memory;
  while (merges.length < wanted.merges) {
    const more = await native.learnMerges(
      learner,
      Math.min(MERGES, wanted.merges - merges.length),
      wanted.least,
    );
    for (let i = 0; i < more.merges.length; i += 2) merges.push([more.merges[i]!, more.merges[i + 1]!]);
    memory = Math.max(memory, more.memory);
    told.merges(merges.length);
    if (more.merges.length === 0) break;
  }
  told.memory?.(counted.words, memory);
  return merges;
}
