// Makes a tokenizer of the parts that a tokenizer.json consists of. A part that we could not follow exactly is refused.
import { z } from 'zod';
import { namedTokens } from '../config.ts';
import { checkUnique, parsed } from '../json-parts.ts';
import { END_OF_TEXT, type TokenizerConfig } from '../tokenizer.ts';
import { type AddedToken, addedTokenSchema } from './added-tokens.ts';
import { decoderFrom } from './decoders.ts';
import { modelFrom, modelSchema } from './model.ts';
import { isLocal, normalizerFrom } from './normalizers.ts';
import { checkDepth } from './parts.ts';
import { splitterFrom } from './splitters.ts';
import { templateFrom } from './template.ts';
import { PipelineTokenizer } from './tokenizer.ts';

const schema = z.looseObject({
  added_tokens: z.array(addedTokenSchema).default([]),
  normalizer: z.unknown(),
  pre_tokenizer: z.unknown(),
  post_processor: z.unknown(),
  decoder: z.unknown(),
  model: modelSchema,
});

/** `config`: the tokenizer_config.json beside it. */
export function pipelineFrom(json: unknown, name: string, config?: TokenizerConfig): PipelineTokenizer {
  checkDepth(json);
  const whole = parsed(schema, json, '');
  const { added_tokens: added, model } = whole;
  checkUnique(model.vocab, added);
  const splitter = splitterFrom(whole.pre_tokenizer);
  const { isByteLevel, pattern } = splitter;
  return new PipelineTokenizer(name, {
    added,
    normalize: normalizerFrom(whole.normalizer),
    model: modelFrom(model, new Set(added.map(({ content }) => content)), splitter),
    isByteLevel,
    endsWords: pattern !== undefined && isLocal(whole.normalizer),
    around: templateFrom(whole.post_processor),
    decoder: decoderFrom(whole.decoder, isByteLevel),
    json: z.record(z.string(), z.unknown()).parse(json),
    config,
    endOfText: endOfTextOf(added, config),
  });
}

function endOfTextOf(added: readonly AddedToken[], config: TokenizerConfig | undefined): number | undefined {
  const content = namedTokens(config).get('eos_token') ?? END_OF_TEXT;
  return added.find((token) => token.content === content)?.id;
}
