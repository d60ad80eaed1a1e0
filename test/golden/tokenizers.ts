// The small tokenizers of tokenizers/, and what Hugging Face's `tokenizers` makes of texts with them.
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const FOLDER = new URL('tokenizers/', import.meta.url);

const schema = z.object({
  tokenizer: z.record(z.string(), z.unknown()),
  cases: z.array(
    z.object({
      text: z.string(),
      ids: z.array(z.int()),
      withSpecials: z.array(z.int()),
      decoded: z.string(),
    }),
  ),
});

export const SHAPES = readdirSync(FOLDER).map((file) => file.replace('.json', ''));

export function goldenTokenizer(shape: string): z.infer<typeof schema> {
  return schema.parse(JSON.parse(readFileSync(new URL(`${shape}.json`, FOLDER), 'utf8')));
}
