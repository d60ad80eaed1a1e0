// tsgpt prepare: text into tokens.
import { basename, dirname } from 'node:path';
import { Command } from 'commander';
import { formatBytes, formatCount } from '../base/format.ts';
import { createProgress, type Progress } from '../base/progress.ts';
import { downloadLine } from './download-line.ts';
import { numberFlag, required, wholeFlag } from './flags.ts';
import { columns, JSON_OPTION, type JsonFlag, printResult } from './output.ts';

const EXAMPLES = `
Text can be: files (.txt, .jsonl, .csv), folders, globs, - (standard input), a generated text:
builtin:stories, builtin:copying-20, builtin:counting-10 (any number),
or a preset that is downloaded: shakespeare, tinystories, tinystories-valid, wikitext-2.

Examples:
  tsgpt prepare builtin:stories --tokenizer bpe --vocab-size 1024 --out data/stories
  tsgpt prepare shakespeare --tokenizer char --out data/shakespeare
  tsgpt prepare 'notes/**/*.txt' --tokenizer gpt2 --out data/notes
  tsgpt prepare reviews.csv --field review --tokenizer cl100k_base --out data/reviews
  zcat corpus.gz | tsgpt prepare - --tokenizer byte --out data/corpus`;

interface PrepareFlags extends JsonFlag {
  tokenizer: string;
  out?: string;
  vocabSize?: string;
  lowercase?: boolean;
  minCount?: string;
  valFraction: string;
  seed: string;
  field?: string;
  stories?: string;
}

export function command(): Command {
  return new Command('prepare')
    .argument('<text...>', 'what to read')
    .option('--out <folder>', 'where the tokens go')
    .option(
      '--tokenizer <name>',
      'char, byte, word, gpt2, cl100k_base, o200k_base, bpe, or the folder of a tokenizer or a run',
      'bpe',
    )
    .option('--vocab-size <n>', 'size of the vocabulary that bpe (4096) or word (10000) learns')
    .option('--lowercase', 'of words: drop the case')
    .option('--min-count <n>', 'of words: keep those that occur so often; others become <unk>')
    .option('--val-fraction <share>', 'share of the text held back for validation', '0.1')
    .option('--seed <n>', 'decides which documents are held back, and which stories are told', '1337')
    .option('--field <name>', 'the text’s field in .jsonl and .csv (default: text)')
    .option('--stories <n>', 'how many stories, or other documents, of a generated text (default: 20000)')
    .option(...JSON_OPTION)
    .addHelpText('after', EXAMPLES)
    .action(prepare);
}

async function prepare(inputs: string[], flags: PrepareFlags): Promise<void> {
  const out = required('--out <folder>', flags.out, '--out data/mine');
  const seed = numberFlag('seed', flags.seed);
  const valFraction = numberFlag('val-fraction', flags.valFraction);
  const options = {
    ...(flags.vocabSize !== undefined && { vocabSize: numberFlag('vocab-size', flags.vocabSize) }),
    ...(flags.lowercase && { lowercase: true }),
    ...(flags.minCount !== undefined && { minCount: wholeFlag('min-count', flags.minCount, 1) }),
  };
  const [
    { openText },
    { checkTokenizer, tokenizerFor },
    { checkValFraction },
    { prepareData },
    { removeLeftovers },
    { tokenizerFolder },
  ] = await Promise.all([
    import('../text/open.ts'),
    import('../tokenizers/choose.ts'),
    import('../data/encode.ts'),
    import('../data/prepare.ts'),
    import('../base/leftovers.ts'),
    import('./tokenizer-folder.ts'),
  ]);
  const spec = await tokenizerFolder(flags.tokenizer);
  checkTokenizer(spec, options);
  checkValFraction(valFraction);
  await removeLeftovers(dirname(out));
  const progress = createProgress();
  const source = await openText(inputs, {
    seed,
    ...(flags.field !== undefined && { field: flags.field }),
    ...(flags.stories !== undefined && { stories: wholeFlag('stories', flags.stories, 1) }),
    onProgress: ({ received, total }) => progress.live(downloadLine(received, total)),
    onCopied: (name, bytes) => progress.live(`reading ${name}: ${formatBytes(bytes)}`),
  });
  progress.live('reading the text');
  const tokenizer = await tokenizerFor(spec, source, {
    ...options,
    onProgress: ({ phase, text }) => (phase === 'short' ? progress.note(text) : progress.live(text)),
  });
  const meta = await prepareData({
    source,
    tokenizer,
    out,
    valFraction,
    seed,
    onProgress: ({ phase, bytes, totalBytes }) => encodeLine(progress, phase, bytes, totalBytes),
  });
  progress.end();
  printResult({ ...meta, out }, flags, () => {
    const { train, val } = meta.splits;
    const split = ({ tokens, documents, bytes }: typeof train) =>
      `${formatCount(tokens)} tokens · ${formatCount(documents)} ${documents === 1 ? 'document' : 'documents'} · ${formatBytes(bytes)}`;
    return columns([
      ['text', meta.source],
      ['tokenizer', `${meta.tokenizer.name}, ${formatCount(meta.tokenizer.vocabSize)} kinds of token`],
      ['training', split(train)],
      ['validation', split(val)],
      ['saved', out],
      ['next', `tsgpt train --data ${out} --out checkpoints/${basename(out)}`],
    ]);
  });
}

function encodeLine(progress: Progress, phase: string, bytes: number, total: number | undefined): void {
  const share = total === undefined ? '' : ` of ${formatBytes(total)}`;
  progress.live(`${phase === 'count' ? 'reading' : 'encoding'} ${formatBytes(bytes)}${share}`);
}
