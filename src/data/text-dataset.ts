// What a folder of prepared text is, once it is opened.
import type { TextMeta } from './meta.ts';
import type { SplitName } from './split.ts';
import type { Tokens } from './tokens.ts';

export interface PreparedFolder {
  /** What to open it by again. */
  readonly folder: string;
  /** Where its tokenizer is. */
  readonly tokenizerFolder: string;
  /** Reads all token files whole and compares their SHA-256 with meta.json. */
  verify(): Promise<void>;
  close(): void;
}

/**
 * A folder of prepared text, opened.
 */
export interface TextDataset extends PreparedFolder, Readonly<Record<SplitName, Tokens>> {
  readonly meta: TextMeta;
}
