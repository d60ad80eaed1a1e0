// Encodes a text shard by shard. A shard is the same whoever encodes it, as it depends on the text and on its size alone.
import { existsSync, readFileSync } from 'node:fs';
import { flushFile, writeFileAtomic } from '../base/atomic-files.ts';
import { TsgptError } from '../base/errors.ts';
import { parseJson, prettyJson } from '../base/json.ts';
import { readable } from '../base/system-error.ts';
import type { Piece } from '../text/source.ts';
import { utf8Length } from '../text/utf8.ts';
import { piecesToEncode } from '../tokenizers/boundary.ts';
import { keepsText, type Tokenizer } from '../tokenizers/tokenizer.ts';
import { documentPieces, type TextTotals } from './documents.ts';
import { encodedAhead } from './encode-ahead.ts';
import { type ShardMeta, shardSchema } from './meta.ts';
import type { ShardOptions } from './preparing.ts';
import { manifestPath, shardPath } from './shard-names.ts';
import { SPLITS, type SplitName, type SplitRule } from './split.ts';
import { SplitWriter } from './split-writer.ts';
import { TokenWriter } from './token-file.ts';

/** Writes the shards of this part that are not there yet, and returns how many there are in all. */
export async function encodeShards(
  {
    source,
    tokenizer,
    part = { number: 1, of: 1 },
    shardBytes,
    onProgress,
  }: ShardOptions & { shardBytes: number },
  { rule, totals, folder }: { rule: SplitRule; totals: TextTotals; folder: string },
): Promise<number> {
  let number = 0;
  /** What belongs to shards of this part that are not there yet. */
  async function* wantedPieces(): AsyncGenerator<PlacedPiece> {
    const isWanted = () => number % part.of === part.number - 1 && !existsSync(manifestPath(folder, number));
    let [bytes, documents, start, wanted] = [0, 0, 0, isWanted()];
    for await (const piece of piecesToEncode(documentPieces(source), tokenizer)) {
      bytes += utf8Length(piece.text);
      if (piece.endsDocument) documents++;
      const endsShard = piece.endsDocument && bytes - start >= shardBytes && documents !== totals.documents;
      const shares = rule.share(piece.text, piece.document); // in order, whether they are wanted or not
      if (wanted) yield { piece, texts: SPLITS.map((split) => shares[split]), number, endsShard };
      onProgress?.({ phase: 'encode', bytes, totalBytes: totals.bytes });
      if (!endsShard) continue;
      start = bytes;
      number++;
      wanted = isWanted();
    }
    if (bytes !== totals.bytes || documents !== totals.documents)
      throw new TsgptError(`${source.description} changed while it was read`, 'prepare it again');
  }

  let shard: ShardWriter | undefined;
  try {
    for await (const { item, texts, ids } of encodedAhead(wantedPieces(), ({ texts }) => texts, tokenizer)) {
      shard ??= new ShardWriter(folder, item.number, tokenizer, rule);
      shard.add(texts, ids, item.piece);
      if (!item.endsShard) continue;
      await shard.finish();
      shard = undefined;
    }
    await shard?.finish();
    return number + 1;
  } catch (error) {
    throw readable(error, `writing a shard in ${folder}`, '; those that were finished are kept');
  } finally {
    shard?.close();
  }
}

interface PlacedPiece {
  piece: Piece;
  /** What of it belongs to each split. */
  texts: readonly string[];
  /** The shard's. */
  number: number;
  endsShard: boolean;
}

export function readManifest(folder: string, number: number): ShardMeta {
  const path = manifestPath(folder, number);
  return parseJson(readFileSync(path, 'utf8'), shardSchema, path);
}

/** A shard of both splits. It is there when its manifest is, which is written last. */
class ShardWriter {
  readonly #folder: string;
  readonly #number: number;
  readonly #keepsNats: boolean;
  readonly #files: Record<SplitName, TokenWriter>;
  readonly #writers: Record<SplitName, SplitWriter>;
  #isOpen = true;

  constructor(folder: string, number: number, tokenizer: Tokenizer, rule: SplitRule) {
    this.#folder = folder;
    this.#number = number;
    this.#keepsNats = rule.keepsDocuments && keepsText(tokenizer);
    const endOfText = rule.keepsDocuments ? tokenizer.endOfText : undefined;
    const open = (split: SplitName) => new TokenWriter(shardPath(folder, split, number), tokenizer.vocabSize);
    this.#files = { train: open('train'), val: open('val') };
    const writer = (split: SplitName) => new SplitWriter(this.#files[split], tokenizer, endOfText);
    this.#writers = { train: writer('train'), val: writer('val') };
  }

  /** Texts and their ids, one for each split. */
  add(texts: readonly string[], ids: readonly ArrayLike<number>[], { endsDocument, nats }: Piece): void {
    for (const [i, split] of SPLITS.entries()) {
      this.#writers[split].add(texts[i]!, ids[i]!);
      if (endsDocument) this.#writers[split].endDocument(this.#keepsNats ? nats : undefined);
    }
  }

  async finish(): Promise<void> {
    const metaOf = (split: SplitName) => ({
      ...this.#writers[split].counts,
      sha256: this.#files[split].finish(),
    });
    const meta: ShardMeta = { train: metaOf('train'), val: metaOf('val') };
    this.close();
    for (const split of SPLITS) await flushFile(shardPath(this.#folder, split, this.#number));
    await writeFileAtomic(manifestPath(this.#folder, this.#number), prettyJson(meta));
  }

  close(): void {
    if (this.#isOpen) for (const split of SPLITS) this.#files[split].close();
    this.#isOpen = false;
  }
}
