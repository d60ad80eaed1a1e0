// Texts from a model of masked tokens: [MASK]s are filled in, or, where the prompt has none, a whole text is made after it. What is
// drawn place by place from such conditionals need not be of any one distribution over texts (Wang & Cho 2019): it is a text
// that the model finds likely in each of its places.
import type { MaskedModel } from '../../architectures/masked-model.ts';
import { unexpected } from '../../base/errors.ts';
import { type SampleEvent, wholeSample } from '../../sampling/generate.ts';
import { type SamplingInput, type SamplingOptions, samplingOptions } from '../../sampling/options.ts';
import { MASK, type Tokenizer } from '../../tokenizers/tokenizer.ts';
import { Filling } from './filling.ts';

/** All samples are filled in side by side. */
export function writeMasked(
  model: MaskedModel,
  tokenizer: Tokenizer,
  prompt: string,
  input: SamplingInput,
  signal?: AbortSignal,
): AsyncGenerator<SampleEvent, void> {
  const options = samplingOptions(input);
  const ids = maskedIds(model, tokenizer, prompt);
  const hasMasks = ids.includes(model.config.mask);
  const { mask } = model.config;
  const context = model.config.context - (tokenizer.frame ? 2 : 0);
  const more = hasMasks ? 0 : Math.min(options.maxTokens, context - ids.length);
  const whole = [...ids, ...Array.from({ length: more }, () => mask)];
  if (whole.length > context || !whole.includes(mask))
    throw unexpected(
      'the prompt',
      `at most ${context - (hasMasks ? 0 : 1)} tokens`,
      ids.length,
      'the context is no longer',
    );
  const filling = new Filling(model, tokenizer, framed(whole, tokenizer), options, signal);
  return written(
    filling,
    tokenizer,
    hasMasks ? () => filling.easiestFirst() : () => generated(filling, options),
  );
}

function generated(filling: Filling, { how, passes }: SamplingOptions): Promise<void> {
  return how === 'gibbs' ? filling.gibbs(passes) : filling.maskPredict(passes);
}

async function* written(
  filling: Filling,
  tokenizer: Tokenizer,
  fill: () => Promise<void>,
): AsyncGenerator<SampleEvent, void> {
  await fill();
  for (const [index, row] of filling.rows.entries())
    yield* wholeSample(index, {
      text: tokenizer.decode(tokenizer.frame ? row.slice(1, -1) : row),
      tokens: filling.filled(index),
      finish: 'length',
    });
}

function framed(ids: number[], { frame }: Tokenizer): number[] {
  return frame ? [frame.before, ...ids, frame.after] : ids;
}

/** The prompt's tokens, with the mask's id for each [MASK]. */
function maskedIds({ config: { mask } }: MaskedModel, tokenizer: Tokenizer, prompt: string): number[] {
  // Tokens of byte pairs begin with the space before them, so that of a mask is the masked token's own.
  const parts = prompt.split(tokenizer.kind === 'bpe' ? / ?\[MASK\]/ : MASK);
  return parts.flatMap((part, i) => [...(i > 0 ? [mask] : []), ...tokenizer.encode(part)]);
}
