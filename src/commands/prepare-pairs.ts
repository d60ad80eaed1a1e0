// tsgpt prepare --pairs: pairs of texts into tokens.
import { basename, dirname } from 'node:path';
import { UsageError, unexpected } from '../base/errors.ts';
import { formatCount } from '../base/format.ts';
import { createProgress } from '../base/progress.ts';
import type { PairMeta, PairSplitMeta } from '../data/meta.ts';
import { learnersFrom } from '../tasks/list.ts';
import { columns, printResult } from './output.ts';
import {
  commonFlags,
  type PrepareFlags,
  progressOn,
  refuseSelection,
  tokenizerOptions,
} from './prepare-flags.ts';

export async function preparePairsOf(
  pairs: string,
  inputs: readonly string[],
  flags: PrepareFlags,
): Promise<void> {
  refuseTextFlags(inputs, flags);
  refuseSelection(flags, '--pairs');
  const { out, seed, valFraction, count } = commonFlags(flags);
  const options = tokenizerOptions(flags);
  const fields = flags.fields === undefined ? undefined : fieldsOf(flags.fields);
  const [
    { openPairs },
    { checkTokenizer },
    { pairTokenizerSpecs, tokenizersOfPairs },
    { checkPairValFraction, preparePairs },
    { removeLeftovers },
    { tokenizerFolder },
  ] = await Promise.all([
    import('../text/pairs.ts'),
    import('../tokenizers/choose.ts'),
    import('../tokenizers/for-pairs.ts'),
    import('../data/prepare-pairs.ts'),
    import('../base/leftovers.ts'),
    import('./tokenizer-folder.ts'),
  ]);
  checkPairValFraction(valFraction);
  const source = await openPairs(pairs, { seed, ...(fields && { fields }), ...(count && { count }) });
  const folderOf = async (spec: string | undefined) => spec && tokenizerFolder(spec);
  const specs = pairTokenizerSpecs(
    {
      ...(flags.tokenizer && { tokenizer: await tokenizerFolder(flags.tokenizer) }),
      sourceTokenizer: await folderOf(flags.sourceTokenizer),
    },
    source,
  );
  checkTokenizer(specs.tokenizer, options);
  if (specs.sourceTokenizer !== undefined) checkTokenizer(specs.sourceTokenizer);
  await removeLeftovers(dirname(out));
  const progress = createProgress();
  const { learning, encoding } = progressOn(progress);
  progress.live('reading the pairs');
  const tokenizers = await tokenizersOfPairs(specs, source, { ...options, onProgress: learning });
  const meta = await preparePairs({ source, ...tokenizers, out, valFraction, seed, onProgress: encoding });
  progress.end();
  printResult({ ...meta, out }, flags, () => asText(meta, out));
}

function asText({ source, tokenizer, sourceTokenizer, splits }: PairMeta, out: string): string {
  const kinds = ({ name, vocabSize }: PairMeta['tokenizer']) =>
    `${name}, ${formatCount(vocabSize)} kinds of token`;
  const split = ({ pairs, sourceTokens, tokens }: PairSplitMeta) =>
    `${formatCount(pairs)} ${pairs === 1 ? 'pair' : 'pairs'} · ${formatCount(sourceTokens)} tokens of sources, ${formatCount(tokens)} of targets`;
  const longest = Object.values(splits).flatMap(({ longestSource, longestTarget }) => [
    longestSource,
    longestTarget + 1,
  ]);
  return columns([
    ['pairs', source],
    ['sources', kinds(sourceTokenizer)],
    ['targets', kinds(tokenizer)],
    ['training', split(splits.train)],
    ['validation', split(splits.val)],
    ['test', split(splits.test)],
    ['saved', out],
    [
      'next',
      `tsgpt train --data ${out} --arch ${learnersFrom('pairs')[0]} --context ${Math.max(...longest)} --out checkpoints/${basename(out)}`,
    ],
  ]);
}

function refuseTextFlags(inputs: readonly string[], { field, lines }: PrepareFlags): void {
  if (inputs.length > 0)
    throw new UsageError(
      `expected pairs or a text, but got both: --pairs and ${inputs[0]}`,
      'prepare each into a folder of its own',
    );
  if (field !== undefined)
    throw new UsageError(
      '--field does not go with --pairs, which have two',
      'name both: --fields source,target',
    );
  if (lines) throw new UsageError('--lines does not go with --pairs', 'a .tsv file has a pair on each line');
}

function fieldsOf(text: string): [source: string, target: string] {
  const [source, target, ...more] = text.split(',');
  if (source && target && more.length === 0) return [source, target];
  throw unexpected('--fields', 'two names with a comma between, such as en,de', text);
}
