// A model reads only what was prepared with its own tokenizer, on both sides where it reads pairs.
import { TsgptError } from '../base/errors.ts';
import type { Dataset } from '../data/dataset.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

export function refuseOtherTokens(
  { tokenizer, folder }: { tokenizer: Tokenizer; folder: string },
  { folder: data, meta }: Pick<Dataset, 'folder' | 'meta'>,
): void {
  refuseOther(tokenizer, meta.tokenizer, folder, data);
  if (meta.kind === 'pairs') refuseOther(tokenizer.source ?? tokenizer, meta.sourceTokenizer, folder, data);
}

function refuseOther(
  { name, fingerprint }: Tokenizer,
  prepared: { name: string; fingerprint: string },
  folder: string,
  data: string,
): void {
  if (fingerprint === prepared.fingerprint) return;
  throw new TsgptError(
    `${folder} was trained with the tokenizer ${name}, but ${data} was prepared with ${prepared.name}`,
    `prepare the text with the model's own: tsgpt prepare <text> --tokenizer ${folder} --out <folder>`,
  );
}
