// What the C++ addon has for tokenizers (native/tokenizer), where it is built.
import { isMissing, loadBinary } from '../base/native-binary.ts';
import {
  ANY_STRETCH,
  CL100K_PATTERN,
  GPT2_PATTERN,
  O200K_PATTERN,
  QWEN2_PATTERN,
  SMOLLM_PATTERN,
} from './patterns.ts';

/** Objects that live in C++. */
export type NativeEncoder = object & { readonly brand: 'encoder' };
export type NativeLearner = object & { readonly brand: 'learner' };

export interface Learned {
  /** Different words and their bytes; a word that several threads have met counts as often. */
  words: number;
  bytes: number;
  /** The bytes of memory that all of it takes. */
  memory: number;
}

export interface NativeTokenizers {
  /** The physical cores that this process may use. */
  cores(): number;
  /** Token i is the next lengths[i] of the bytes, and has the id ids[i]. */
  createEncoder(bytes: Uint8Array, lengths: Int32Array, ids: Int32Array, split: number): NativeEncoder;
  encode(encoder: NativeEncoder, text: string): Uint32Array;
  /** The ids of each text, encoded beside JavaScript. */
  encodeAll(encoder: NativeEncoder, texts: readonly string[], threads: number): Promise<Uint32Array[]>;
  createLearner(split: number): NativeLearner;
  countWords(learner: NativeLearner, texts: readonly string[], threads: number): Promise<Learned>;
  /** Up to `most` further merges, left and right id by turns, of pairs that occur at least `least` times. */
  learnMerges(learner: NativeLearner, most: number, least: number): Promise<Learned & { merges: Int32Array }>;
}

const FUNCTIONS: readonly (keyof NativeTokenizers)[] = [
  'cores',
  'createEncoder',
  'encode',
  'encodeAll',
  'createLearner',
  'countWords',
  'learnMerges',
];

/** In the order of `Split` in native/tokenizer/split.h. A vocabulary without merges takes the text for one word. */
const SPLITS: readonly string[] = [
  GPT2_PATTERN,
  CL100K_PATTERN,
  O200K_PATTERN,
  QWEN2_PATTERN,
  SMOLLM_PATTERN,
  ANY_STRETCH,
];

let loaded: NativeTokenizers | null | undefined;

/** The addon and the number of the scanner for this pattern, if there are both. */
export function nativeFor(pattern: string): { native: NativeTokenizers; split: number } | undefined {
  const split = SPLITS.indexOf(pattern);
  if (split < 0) return undefined;
  if (loaded === undefined) {
    const addon = loadBinary<NativeTokenizers>(FUNCTIONS);
    loaded = isMissing(addon) ? null : addon;
  }
  return loaded === null ? undefined : { native: loaded, split };
}
