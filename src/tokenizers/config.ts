// What a tokenizer_config.json says beside a tokenizer.json.
import { z } from 'zod';
import { END_OF_TEXT, MASK, type TokenizerConfig } from './tokenizer.ts';

const tokenSchema = z.union([
  z.string(),
  z.object({ content: z.string() }).transform(({ content }) => content),
]);

/** "eos_token" and others → how the token is written. */
export function namedTokens(config: TokenizerConfig = {}): Map<string, string> {
  return new Map(
    Object.entries(config).flatMap(([name, value]) => {
      const { data: token } = tokenSchema.safeParse(value);
      return name.endsWith('_token') && token !== undefined ? [[name, token]] : [];
    }),
  );
}

/** Whether it names other tokens than ours do, or says how messages are written. */
export function saysMore(config: TokenizerConfig = {}): boolean {
  const isOurs = (token: string) => token === END_OF_TEXT || token === MASK;
  return config.chat_template != null || ![...namedTokens(config).values()].every(isOurs);
}

const templateSchema = z.union([
  z.string(),
  z
    .array(z.object({ name: z.string(), template: z.string() }))
    .transform((named) => named.find(({ name }) => name === 'default')?.template),
]);

/** Its chat template: the only one, or of several the one that is called so. */
export function templateIn(config: TokenizerConfig = {}): string | undefined {
  return templateSchema.safeParse(config.chat_template).data;
}
