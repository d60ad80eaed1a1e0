// How text is split into words before merging: the regular expressions of OpenAI's encodings, and others of their kind. They are
// written for tiktoken, where \s is Unicode's White_Space.

export const GPT2_PATTERN =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

export const CL100K_PATTERN =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** As cl100k_base's, but that each digit is a word. */
export const QWEN2_PATTERN = CL100K_PATTERN.replace('{1,3}', '');

/** GPT-2's words between digits, each of which is a word itself: so SmolLM and others split, in two steps. */
export const SMOLLM_PATTERN = GPT2_PATTERN.replace(' ?\\p{N}+', '\\p{N}').replace(
  '\\s+(?!\\S)',
  '\\s+(?=\\p{N})|\\s+(?!\\S)',
);

const O200K_LETTERS_BEFORE = '[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
const O200K_LETTERS_AFTER = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';
const O200K_ENDING = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?";
export const O200K_PATTERN = [
  `${O200K_LETTERS_BEFORE}*${O200K_LETTERS_AFTER}+${O200K_ENDING}`,
  `${O200K_LETTERS_BEFORE}+${O200K_LETTERS_AFTER}*${O200K_ENDING}`,
  '\\p{N}{1,3}',
  ' ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*',
  '\\s*[\\r\\n]+',
  '\\s+(?!\\S)',
  '\\s+',
].join('|');

/** By the names that `tokenizer train --split` knows: GPT-2's, GPT-4's and Llama 3's, GPT-4o's, Qwen's. */
export const SPLIT_PATTERNS = {
  gpt2: GPT2_PATTERN,
  cl100k: CL100K_PATTERN,
  o200k: O200K_PATTERN,
  qwen2: QWEN2_PATTERN,
} as const;

export type SplitName = keyof typeof SPLIT_PATTERNS;
export const SPLIT_NAMES = Object.keys(SPLIT_PATTERNS) as SplitName[];

export const PATTERNS: readonly string[] = Object.values(SPLIT_PATTERNS);

/** The pattern of a tokenizer without merges, for which the words do not matter. (Single characters would be slower.) */
export const ANY_STRETCH = '[\\s\\S]{1,1000}';

/** Translates a pattern for JavaScript, whose \s has U+FEFF and not U+0085, and which cannot ignore case in a part alone. */
export function regExpOf(pattern: string): RegExp {
  const source = pattern
    .replaceAll('\\s', '\\p{White_Space}')
    .replaceAll('\\S', '\\P{White_Space}')
    .replace(/\(\?i:([^)]*)\)/g, (_, endings: string) => `(?:${endings.replace(/[a-z]/g, eitherCase)})`);
  return new RegExp(source, 'gu');
}

function eitherCase(letter: string): string {
  return `[${letter}${letter.toUpperCase()}${letter === 's' ? 'ſ' : ''}]`;
}
