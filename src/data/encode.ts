// Encodes a text as the tokens of its two splits. The text is read twice: once to count it, and once here.
import { TsgptError, unexpected } from '../base/errors.ts';
import type { TextSource } from '../text/source.ts';
import { utf8Length } from '../text/utf8.ts';
import { piecesToEncode } from '../tokenizers/boundary.ts';
import { keepsText, type Tokenizer } from '../tokenizers/tokenizer.ts';
import { documentPieces, type TextTotals } from './documents.ts';
import { encodedAhead } from './encode-ahead.ts';
import { SPLITS, type SplitName, type SplitRule } from './split.ts';
import { type SplitCounts, SplitWriter } from './split-writer.ts';
import type { TokenSink } from './tokens.ts';

export interface EncodeOptions {
  source: TextSource;
  tokenizer: Tokenizer;
  /** The share of the text that is held back: of its documents, or of the code points of a single document. */
  valFraction: number;
  seed: number;
  onProgress?: (progress: PrepareProgress) => void;
}

export interface PrepareProgress {
  phase: 'count' | 'encode';
  bytes: number;
  /** Absent until the text has been counted. */
  totalBytes?: number;
}

export function checkValFraction(valFraction: number): void {
  if (valFraction > 0 && valFraction < 1) return;
  throw unexpected('valFraction', 'a number above 0 and below 1', valFraction);
}

export async function encodeSplits(
  { source, tokenizer, onProgress }: EncodeOptions,
  rule: SplitRule,
  totals: TextTotals,
  sinks: Record<SplitName, TokenSink>,
): Promise<Record<SplitName, SplitCounts>> {
  const endOfText = rule.keepsDocuments ? tokenizer.endOfText : undefined;
  const keepsNats = rule.keepsDocuments && keepsText(tokenizer);
  const writerOf = (split: SplitName) => new SplitWriter(sinks[split], tokenizer, endOfText);
  const writers = { train: writerOf('train'), val: writerOf('val') };
  const pieces = piecesToEncode(documentPieces(source), tokenizer);
  let bytes = 0;
  let documents = 0;
  const sharesOf = ({ text, document }: { text: string; document: number }) => {
    const shares = rule.share(text, document);
    return SPLITS.map((split) => shares[split]);
  };
  for await (const { item, texts, ids } of encodedAhead(pieces, sharesOf, tokenizer)) {
    const { text, endsDocument, nats } = item;
    for (const [i, split] of SPLITS.entries()) {
      writers[split].add(texts[i]!, ids[i]!);
      if (endsDocument) writers[split].endDocument(keepsNats ? nats : undefined);
    }
    if (endsDocument) documents++;
    bytes += utf8Length(text);
    onProgress?.({ phase: 'encode', bytes, totalBytes: totals.bytes });
  }
  if (bytes !== totals.bytes || documents !== totals.documents) {
    throw new TsgptError(`${source.description} changed while it was read`, 'prepare it again');
  }
  for (const split of SPLITS) checkEnough(split, sinks[split].tokens);
  return { train: writers.train.counts, val: writers.val.counts };
}

function checkEnough(split: SplitName, tokens: number): void {
  if (tokens >= 2) return;
  const change = split === 'val' ? 'larger' : 'smaller';
  throw new TsgptError(
    `expected at least 2 tokens in the ${split} split, but it has ${tokens}`,
    `give more text, or a ${change} --val-fraction`,
  );
}
