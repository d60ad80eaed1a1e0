// A model reads only what was prepared with its own tokenizer, on both sides where it reads pairs.
import { TsgptError } from '../base/errors.ts';
import type { Dataset } from '../data/dataset.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

interface HavingTokenizer {
  folder: string;
  tokenizer: Pick<Tokenizer, 'name' | 'fingerprint'>;
}

export function refuseOtherTokens(
  { tokenizer, folder }: { tokenizer: Tokenizer; folder: string },
  { folder: data, meta }: Pick<Dataset, 'folder' | 'meta'>,
): void {
  const prepare = 'tsgpt prepare <text> --tokenizer';
  const { tokenizer: read } = meta;
  refuseOther({ folder, tokenizer }, { folder: data, tokenizer: read }, prepare);
  if (meta.kind !== 'pairs') return;
  const { source = tokenizer } = tokenizer;
  refuseOther({ folder, tokenizer: source }, { folder: data, tokenizer: meta.sourceTokenizer }, prepare);
}

/** `prepare` is how to prepare the text with the tokenizer of the folder that follows. */
export function refuseOther(model: HavingTokenizer, data: HavingTokenizer, prepare: string): void {
  if (model.tokenizer.fingerprint === data.tokenizer.fingerprint) return;
  throw new TsgptError(
    `${model.folder} was trained with the tokenizer ${model.tokenizer.name}, but ${data.folder} was prepared with ${data.tokenizer.name}`,
    `prepare the text with the model's own: ${prepare} ${model.folder} --out <folder>`,
  );
}
