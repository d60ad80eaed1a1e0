// tsgpt tokenizer: learn one, or look through one.
import { basename } from 'node:path';
import { Command } from 'commander';
import { UsageError, unexpected } from '../base/errors.ts';
import { formatCount } from '../base/format.ts';
import { didYouMean } from '../base/nearest.ts';
import { createProgress } from '../base/progress.ts';
import { SPLIT_NAMES } from '../tokenizers/patterns.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { WORD_SPLITS } from '../tokenizers/word-pattern.ts';
import { numberFlag, oneOf, required, wholeFlag } from './flags.ts';
import { textOfStdin } from './input.ts';
import { columns, JSON_OPTION, type JsonFlag, printResult } from './output.ts';
import { progressOn } from './prepare-flags.ts';

const TOKENIZER_FORMS = ['json', 'gpt2', 'tiktoken'] as const;

const EXAMPLES = `
Examples:
  tsgpt tokenizer train poems/*.txt --vocab-size 2048 --out tokenizer/poems
  tsgpt tokenizer train chats.jsonl --vocab-size 8192 --split cl100k --special '<|user|>' '<|assistant|>' --out tokenizer/chats
  tsgpt tokenizer encode gpt2 "Hello there"
  tsgpt tokenizer decode gpt2 15496 612
  tsgpt tokenizer show tokenizer/poems
  tsgpt tokenizer compare gpt2 tokenizer/poems poems/
  tsgpt tokenizer export tokenizer/poems --format tiktoken --out exports/poems`;

const TOKENIZER = 'byte, gpt2, cl100k_base, o200k_base, … or the folder of a tokenizer or a run';

export function command(): Command {
  const command = new Command('tokenizer').addHelpText('after', EXAMPLES);
  command
    .command('train')
    .description('learn byte-pair merges from text')
    .argument('<text...>', 'files, folders, globs, -, builtin:stories or a preset')
    .option('--vocab-size <n>', 'tokens in all: 256 bytes, the merges, and the end of text')
    .option('--out <folder>', 'tokenizer/<name>')
    .option(
      '--split <name>',
      `where words end, within which bytes are merged: ${SPLIT_NAMES.join(', ')}`,
      'gpt2',
    )
    .option('--special <tokens...>', 'special tokens beside <|endoftext|>, such as <|user|>')
    .option('--min-count <n>', 'merge pairs that occur so often', '2')
    .option('--field <name>', 'the text’s field in .jsonl and .csv (default: text)')
    .option(...JSON_OPTION)
    .action(train);
  command
    .command('encode')
    .description('text into token ids')
    .argument('<tokenizer>', TOKENIZER)
    .argument('[text]', 'the text; without it, standard input')
    .option(...JSON_OPTION)
    .action(encode);
  command
    .command('decode')
    .description('token ids into text')
    .argument('<tokenizer>', TOKENIZER)
    .argument('[ids...]', 'the ids; without them, standard input')
    .option(...JSON_OPTION)
    .action(decode);
  command
    .command('show')
    .description('what a tokenizer is, and its tokens')
    .argument('<tokenizer>', TOKENIZER)
    .option('--from <id>', 'the first token shown', '256')
    .option('--count <n>', 'how many tokens are shown', '40')
    .option(...JSON_OPTION)
    .action(show);
  command
    .command('compare')
    .description('how two tokenizers encode the same text')
    .argument('<a>', TOKENIZER)
    .argument('<b>', 'another')
    .argument('<text...>', 'files, folders, globs, -, builtin:stories or a preset')
    .option(...JSON_OPTION)
    .action(compare);
  command
    .command('export')
    .description('write a tokenizer for other programs')
    .argument('<tokenizer>', TOKENIZER)
    .option(
      '--format <form>',
      `${TOKENIZER_FORMS}: tokenizer.json, vocab.json and merges.txt, or ranks`,
      'json',
    )
    .option('--out <folder>', 'where its files go')
    .option(...JSON_OPTION)
    .action(exportAs);
  return command;
}

async function compare(a: string, b: string, inputs: string[], flags: JsonFlag): Promise<void> {
  const [{ openText }, { compareTokenizers }] = await Promise.all([
    import('../text/open.ts'),
    import('../tokenizers/compare.ts'),
  ]);
  const tokenizers = [await open(a), await open(b)];
  const shares = await compareTokenizers(tokenizers, await openText(inputs));
  printResult({ tokenizers: shares }, flags, () =>
    columns(
      shares.map(({ name, tokens, bytesPerToken, used, vocabSize }): [string, string] => [
        name,
        `${formatCount(tokens)} tokens · ${bytesPerToken.toFixed(3)} bytes each · ${formatCount(used)} of ${formatCount(vocabSize)} kinds`,
      ]),
    ),
  );
}

async function exportAs(spec: string, flags: JsonFlag & { format: string; out?: string }): Promise<void> {
  const format = oneOf('format', flags.format, TOKENIZER_FORMS);
  const out = required('--out <folder>', flags.out, '--out exports/mine');
  const { saveTokenizerAs } = await import('../tokenizers/other-forms.ts');
  const files = saveTokenizerAs(await open(spec), format, out);
  printResult({ format, out, files }, flags, () => columns([['saved', `${files.join(', ')} in ${out}`]]));
}

interface TrainFlags extends JsonFlag {
  vocabSize?: string;
  out?: string;
  split: string;
  special?: string[];
  minCount: string;
  field?: string;
}

async function train(inputs: string[], flags: TrainFlags): Promise<void> {
  const [{ openText }, { learnBpe }, { saveTokenizer }] = await Promise.all([
    import('../text/open.ts'),
    import('../tokenizers/learn.ts'),
    import('../tokenizers/store.ts'),
  ]);
  const out = required('--out <folder>', flags.out, '--out tokenizer/poems');
  const vocabSize = required('--vocab-size <n>', flags.vocabSize, '--vocab-size 2048');
  const split = SPLIT_NAMES.find((name) => name === flags.split);
  if (split === undefined)
    throw new UsageError(
      `unknown split ${JSON.stringify(flags.split)}`,
      didYouMean(flags.split, SPLIT_NAMES),
    );
  const options = {
    split,
    specials: flags.special ?? [],
    minCount: wholeFlag('min-count', flags.minCount, 1),
  };
  const progress = createProgress();
  const source = await openText(inputs, flags.field === undefined ? {} : { field: flags.field });
  const name = basename(out);
  const { learning } = progressOn(progress);
  const tokenizer = await learnBpe(source, numberFlag('vocab-size', vocabSize), learning, options);
  saveTokenizer(out, tokenizer, { name, learnedFrom: source.description });
  progress.end();
  const { vocabSize: tokens, fingerprint } = tokenizer;
  printResult({ name, vocabSize: tokens, fingerprint, out }, flags, () =>
    columns([
      ['tokenizer', `${formatCount(tokens)} tokens learned from ${source.description}`],
      ['saved', out],
      ['next', `tsgpt prepare <text> --tokenizer ${out} --out data/${name}`],
    ]),
  );
}

async function encode(spec: string, text: string | undefined, flags: JsonFlag): Promise<void> {
  const tokenizer = await open(spec);
  const ids = [...tokenizer.encode(text ?? (await textOfStdin()))];
  printResult({ tokenizer: tokenizer.name, ids }, flags, () => ids.join(' '));
}

async function decode(spec: string, words: string[], flags: JsonFlag): Promise<void> {
  const tokenizer = await open(spec);
  const given =
    words.length > 0 ? words : (await textOfStdin()).split(/[\s,]+/).filter((word) => word !== '');
  const ids = given.map((word) => {
    const id = Number(word);
    if (Number.isInteger(id) && id >= 0 && id < tokenizer.vocabSize) return id;
    throw unexpected('a token id', `a whole number below ${tokenizer.vocabSize}`, word);
  });
  const text = tokenizer.decode(ids);
  printResult({ tokenizer: tokenizer.name, text }, flags, () => text);
}

interface ShowFlags extends JsonFlag {
  from: string;
  count: string;
}

async function show(spec: string, flags: ShowFlags): Promise<void> {
  const tokenizer = await open(spec);
  const { name, kind, vocabSize, endOfText, fingerprint } = tokenizer;
  const first = Math.min(wholeFlag('from', flags.from, 0), vocabSize - 1);
  const count = Math.min(wholeFlag('count', flags.count, 1), vocabSize - first);
  const tokens = Array.from({ length: count }, (_, i) => ({
    id: first + i,
    text: tokenizer.decode([first + i]),
  }));
  printResult({ name, kind, vocabSize, endOfText, fingerprint, tokens }, flags, () => {
    const about = columns([
      ['name', name],
      ['kind', kind],
      ['tokens', formatCount(vocabSize)],
      ['end of text', endOfText === undefined ? 'none' : String(endOfText)],
      ['fingerprint', fingerprint],
    ]);
    return `${about}\n\n${tokens.map(({ id, text }) => `${String(id).padStart(7)}  ${JSON.stringify(text)}`).join('\n')}`;
  });
}

async function open(spec: string): Promise<Tokenizer> {
  const [{ tokenizerFor }, { tokenizerFolder }] = await Promise.all([
    import('../tokenizers/choose.ts'),
    import('./tokenizer-folder.ts'),
  ]);
  if (['bpe', 'char', ...WORD_SPLITS].includes(spec)) {
    throw new UsageError(
      `${spec} is a way to learn a tokenizer, not one`,
      'learn one with tsgpt tokenizer train, or give a prepared text’s folder',
    );
  }
  const nothing = { description: 'no text', async *pieces() {} };
  return tokenizerFor(await tokenizerFolder(spec), nothing);
}
