// tsgpt prepare: text, or pairs of texts, into tokens.
import { basename, dirname } from 'node:path';
import { Command } from 'commander';
import { UsageError } from '../base/errors.ts';
import { formatBytes, formatCount } from '../base/format.ts';
import { createProgress } from '../base/progress.ts';
import type { SplitMeta, TextMeta } from '../data/meta.ts';
import { downloadLine } from './download-line.ts';
import { columns, JSON_OPTION, printResult } from './output.ts';
import {
  commonFlags,
  type PrepareFlags,
  progressOn,
  selectionOf,
  shardsOf,
  tokenizerOptions,
} from './prepare-flags.ts';

const EXAMPLES = `
Text can be: files (.txt, .jsonl, .csv, each also as .gz or .zst; .parquet), folders (a data set of the Hugging Face hub
as it was downloaded: its training split), globs, - (standard input), a generated text:
builtin:stories, builtin:copying-20, builtin:counting-10 (any number),
or a preset that is downloaded: shakespeare, tinystories, tinystories-valid, wikitext-2.
Pairs can be: a file (.tsv of two columns, .jsonl, .csv), or a generated task: builtin:reverse
(or builtin:reverse-20, any number), builtin:dates, builtin:sums, builtin:tags, builtin:stretched,
builtin:repeats, builtin:summaries.
Conversations can be: files (.jsonl, or .json with an array) as OpenAI ("messages"), ShareGPT ("conversations")
or Alpaca ("instruction") have them, or a generated task, whose sources are asked. The tokenizer's own chat template
writes them.

Examples:
  tsgpt prepare builtin:stories --tokenizer bpe --vocab-size 1024 --out data/stories
  tsgpt prepare shakespeare --tokenizer char --out data/shakespeare
  tsgpt prepare 'notes/**/*.txt' --tokenizer gpt2 --out data/notes
  tsgpt prepare reviews.csv --field review --tokenizer cl100k_base --out data/reviews
  tsgpt prepare fineweb/ --where "language_score > 0.9" --dedupe --shuffle --tokenizer gpt2 --out data/fineweb
  tsgpt prepare sentences.txt --lines --tokenizer char --out data/sentences
  zcat corpus.gz | tsgpt prepare - --tokenizer byte --out data/corpus
  tsgpt prepare --pairs builtin:dates --out data/dates
  tsgpt prepare --pairs phrases.csv --fields en,de --vocab-size 2048 --out data/phrases
  tsgpt prepare talks.jsonl --chat --tokenizer checkpoints/smollm --out data/talks`;

export function command(): Command {
  return new Command('prepare')
    .argument('[text...]', 'what to read')
    .option('--pairs <pairs>', 'pairs of texts instead: what is given, and what is to be made of it')
    .option('--chat', 'conversations instead: what is learned is what the assistant says')
    .option('--out <folder>', 'where the tokens go')
    .option(
      '--tokenizer <name>',
      'char, byte, word, whitespace, gpt2, cl100k_base, o200k_base, bpe, or the folder of a tokenizer or a run (default: bpe, or what suits a generated task)',
    )
    .option('--source-tokenizer <name>', 'of pairs: one for the sources alone')
    .option('--vocab-size <n>', 'size of the vocabulary that bpe (4096), word or whitespace (10000) learns')
    .option('--lowercase', 'of words: drop the case')
    .option('--min-count <n>', 'of words: keep those that occur so often; others become <unk>')
    .option(
      '--val-fraction <share>',
      'share held back for validation; of pairs and conversations, as many more for a test',
      '0.1',
    )
    .option('--seed <n>', 'decides what is held back, and what is generated', '1337')
    .option('--field <name>', 'the text’s field in .jsonl, .csv and .parquet (default: text)')
    .option('--where <sql>', 'take the records for which a condition on their columns holds')
    .option('--dedupe', 'take only the first of documents with the same text')
    .option('--shuffle', 'take the documents in an order that --seed decides')
    .option('--limit <n>', 'take so many documents at most, the first ones')
    .option('--memory <size>', 'how much choosing and shuffling may hold, as in 512MB (default: 1GiB)')
    .option('--lines', 'each line of a .txt file, or of standard input, is a document')
    .option('--fields <names>', 'of pairs: their fields in .jsonl and .csv (default: source,target)')
    .option('--stories, --count <n>', 'how many stories, exercises or pairs to generate (default: 20000)')
    .option(
      '--shard-size <size>',
      'write shards, each of so much text; a killed command goes on with the next',
    )
    .option(
      '--part <i/n>',
      'do one of n parts of the work, in shards (256MiB); tsgpt data merge puts them together',
    )
    .option(...JSON_OPTION)
    .addHelpText('after', EXAMPLES)
    .action(prepare);
}

async function prepare(inputs: string[], flags: PrepareFlags): Promise<void> {
  if (flags.chat) {
    const { prepareChatOf } = await import('./prepare-chat.ts');
    return prepareChatOf(inputs, flags);
  }
  if (flags.pairs === undefined) return prepareText(inputs, flags);
  const { preparePairsOf } = await import('./prepare-pairs.ts');
  return preparePairsOf(flags.pairs, inputs, flags);
}

async function prepareText(inputs: string[], flags: PrepareFlags): Promise<void> {
  refusePairFlags(flags);
  const { out, seed, valFraction, count } = commonFlags(flags);
  const options = tokenizerOptions(flags);
  const shards = shardsOf(flags);
  const [
    { openText },
    { checkTokenizer, tokenizerFor },
    { checkValFraction },
    { prepareData },
    { prepareShards },
    { removeLeftovers },
    { tokenizerFolder },
  ] = await Promise.all([
    import('../text/open.ts'),
    import('../tokenizers/choose.ts'),
    import('../data/encode.ts'),
    import('../data/prepare.ts'),
    import('../data/prepare-shards.ts'),
    import('../base/leftovers.ts'),
    import('./tokenizer-folder.ts'),
  ]);
  const spec = await tokenizerFolder(flags.tokenizer ?? 'bpe');
  checkTokenizer(spec, options);
  checkValFraction(valFraction);
  await removeLeftovers(dirname(out));
  const progress = createProgress();
  const { learning, encoding } = progressOn(progress);
  const source = await openText(inputs, {
    seed,
    ...(flags.field !== undefined && { field: flags.field }),
    ...(flags.lines && { lines: true }),
    ...(count !== undefined && { stories: count }),
    ...selectionOf(flags),
    spillFolder: dirname(out),
    onRead: (documents) => progress.live(`choosing documents: ${formatCount(documents)} so far`),
    onProgress: ({ received, total }) => progress.live(downloadLine(received, total)),
    onCopied: (name, bytes) => progress.live(`reading ${name}: ${formatBytes(bytes)}`),
  });
  progress.live('reading the text');
  try {
    const tokenizer = await tokenizerFor(spec, source, { ...options, onProgress: learning });
    const whole = { source, tokenizer, out, valFraction, seed, onProgress: encoding };
    const meta = shards ? await prepareShards({ ...whole, ...shards }) : await prepareData(whole);
    progress.end();
    printResult({ ...meta, out }, flags, () =>
      meta ? preparedAsText(meta, out) : partAsText(flags.part!, out),
    );
  } finally {
    source.close?.();
  }
}

function partAsText(part: string, out: string): string {
  return columns([
    ['part', `${part} is done`],
    ['saved', out],
    ['next', 'when all parts are: tsgpt data merge <their folders> --out <folder>'],
  ]);
}

export function preparedAsText({ source, tokenizer, splits }: TextMeta, out: string): string {
  const split = ({ tokens, documents, bytes }: SplitMeta) =>
    `${formatCount(tokens)} tokens · ${formatCount(documents)} ${documents === 1 ? 'document' : 'documents'} · ${formatBytes(bytes)}`;
  return columns([
    ['text', source],
    ['tokenizer', `${tokenizer.name}, ${formatCount(tokenizer.vocabSize)} kinds of token`],
    ['training', split(splits.train)],
    ['validation', split(splits.val)],
    ['saved', out],
    ['next', `tsgpt train --data ${out} --out checkpoints/${basename(out)}`],
  ]);
}

function refusePairFlags(flags: PrepareFlags): void {
  for (const [flag, value] of [
    ['--source-tokenizer', flags.sourceTokenizer],
    ['--fields', flags.fields],
  ])
    if (value !== undefined)
      throw new UsageError(`${flag} is of pairs`, 'leave it out, or name the pairs: --pairs <file>');
}
