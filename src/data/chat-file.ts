// The files of a split of conversations: train.bin has the tokens of one after another; train.learned.bin a byte for each of them,
// 1 where it is learned; train.ends.bin, as little-endian uint32, where each conversation ends.
import { join } from 'node:path';
import type { Example } from '../chat/tokens.ts';
import type { Conversations } from './conversations.ts';
import { checkHash, checkSize, damaged } from './damaged.ts';
import { EndsWriter, readEnds } from './ends.ts';
import { BYTES_PER_TOKEN, type ChatSplitMeta, type TokenDtype } from './meta.ts';
import type { PairSplitName } from './pair-split.ts';
import { openTokenFile, TokenWriter } from './token-file.ts';

export function chatFileNames(split: PairSplitName) {
  return { tokens: `${split}.bin`, learned: `${split}.learned.bin`, ends: `${split}.ends.bin` };
}

function pathsOf(folder: string, split: PairSplitName) {
  const { tokens, learned, ends } = chatFileNames(split);
  return { tokens: join(folder, tokens), learned: join(folder, learned), ends: join(folder, ends) };
}

export class ChatWriter {
  readonly #tokens: TokenWriter;
  readonly #learned: TokenWriter;
  readonly #ends: EndsWriter;
  readonly #counts = { conversations: 0, examples: 0, tokens: 0, learned: 0, longest: 0 };

  constructor(folder: string, split: PairSplitName, vocabSize: number) {
    const paths = pathsOf(folder, split);
    this.#tokens = new TokenWriter(paths.tokens, vocabSize);
    this.#learned = new TokenWriter(paths.learned, 2, 'uint8');
    this.#ends = new EndsWriter(paths.ends);
  }

  /** A conversation is one example or several. */
  add(examples: readonly Example[]): void {
    const counts = this.#counts;
    for (const { ids, learned } of examples) {
      this.#tokens.append(ids);
      this.#learned.append(learned);
      this.#ends.add(this.#tokens.tokens);
      counts.learned += learned.reduce((sum, mark) => sum + mark, 0);
      counts.longest = Math.max(counts.longest, ids.length);
    }
    counts.conversations++;
    counts.examples += examples.length;
    counts.tokens = this.#tokens.tokens;
  }

  finish(): ChatSplitMeta {
    return {
      ...this.#counts,
      sha256: this.#tokens.finish(),
      endsSha256: this.#ends.finish(),
      learnedSha256: this.#learned.finish(),
    };
  }

  close(): void {
    this.#tokens.close();
    this.#learned.close();
    this.#ends.close();
  }
}

export interface ChatFile extends Conversations {
  verify(): Promise<void>;
  close(): void;
}

/** Tokens and marks are read by position; the ends are held in memory, once they are found to agree with meta.json. */
export function openChatFile(
  folder: string,
  split: PairSplitName,
  meta: ChatSplitMeta,
  dtype: TokenDtype,
): ChatFile {
  const paths = pathsOf(folder, split);
  checkSize(paths.tokens, meta.tokens * BYTES_PER_TOKEN[dtype], `${meta.tokens} tokens of ${dtype}`);
  checkSize(paths.learned, meta.tokens, `a mark of ${meta.tokens} tokens each`);
  checkSize(paths.ends, meta.examples * BYTES_PER_TOKEN.uint32, `${meta.examples} ends`);
  const ends = readEnds(paths.ends);
  if (ends.at(-1) !== meta.tokens)
    throw damaged(paths.ends, `expected ${meta.tokens} as its last end, but it has ${ends.at(-1)}`);
  const [tokens, marks] = [openTokenFile(paths.tokens, dtype), openTokenFile(paths.learned, 'uint8')];
  const startOf = (index: number) => (index === 0 ? 0 : ends[index - 1]!);
  const lengthOf = (index: number) => ends[index]! - startOf(index);
  return {
    length: meta.examples,
    lengthOf,
    at(index) {
      const [start, length] = [startOf(index), lengthOf(index)];
      const learned = Uint8Array.from(marks.read(start, length));
      if (learned.at(-1) !== 1)
        throw damaged(paths.learned, `the last token of conversation ${index + 1} is not learned`);
      return { ids: tokens.read(start, length), learned };
    },
    async verify() {
      await checkHash(paths.tokens, meta.sha256);
      await checkHash(paths.learned, meta.learnedSha256);
      await checkHash(paths.ends, meta.endsSha256);
    },
    close() {
      tokens.close();
      marks.close();
    },
  };
}
