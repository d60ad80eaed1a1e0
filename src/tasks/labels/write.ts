// Writes the labels of a source.
import type { LabelModel } from '../../architectures/label-model.ts';
import { UsageError } from '../../base/errors.ts';
import { type SampleEvent, wholeSample } from '../../sampling/generate.ts';
import { type SamplingInput, samplingOptions } from '../../sampling/options.ts';
import type { Tokenizer } from '../../tokenizers/tokenizer.ts';
import { encodedSource } from '../pairs/write.ts';
import { checkBeam, labelsOf } from './decode.ts';

/** They are the likeliest; nothing is drawn. */
export function writeLabels(
  model: LabelModel,
  tokenizer: Tokenizer,
  source: string,
  input: SamplingInput,
): AsyncGenerator<SampleEvent, void> {
  const { beam, numSamples } = samplingOptions(input);
  if (numSamples > 1)
    throw new UsageError(
      'the labels of a source are its likeliest, of which there is one sample',
      'leave out --num-samples',
    );
  checkBeam(model, beam);
  return written(model, tokenizer, encodedSource(model, tokenizer, source), beam);
}

async function* written(
  model: LabelModel,
  tokenizer: Tokenizer,
  source: Int32Array,
  beam: number,
): AsyncGenerator<SampleEvent, void> {
  const [tokens] = (await labelsOf(model, [source], beam)) as [number[]];
  yield* wholeSample(0, { text: tokenizer.decode(tokens), tokens, finish: 'end-of-text' });
}
