// tsgpt data: prepared text, put together, looked through, and exchanged with other programs.
import { Command } from 'commander';
import { formatBytes, formatCount, formatShare, plural } from '../base/format.ts';
import type { Shown } from '../data/show.ts';
import { oneOf, required, wholeFlag } from './flags.ts';
import { columns, JSON_OPTION, type JsonFlag, printResult } from './output.ts';

const BIN_FORMATS = ['nanogpt', 'llm.c'] as const;

const EXAMPLES = `
Examples:
  # on each of four machines, i from 1 to 4
  tsgpt prepare fineweb/ --tokenizer gpt2 --part i/4 --out parts/i
  tsgpt data merge parts/1 parts/2 parts/3 parts/4 --out data/fineweb
  tsgpt data show data/fineweb
  tsgpt data import owt/train.bin owt/val.bin --tokenizer gpt2 --out data/owt
  tsgpt data export data/fineweb --format llm.c --out exports/fineweb`;

export function command(): Command {
  const command = new Command('data').addHelpText('after', EXAMPLES);
  command
    .command('merge')
    .description('put the parts of a text together that prepare --part has made')
    .argument('<folders...>', 'where the parts are, or the one folder of them all')
    .option('--out <folder>', 'where the tokens go')
    .option(...JSON_OPTION)
    .action(merge);
  command
    .command('show')
    .description('how much a prepared text holds, of what, and how it begins')
    .argument('<folder>', 'prepared text')
    .option('--tokens <n>', 'how many tokens are shown', '100')
    .option(...JSON_OPTION)
    .action(show);
  command
    .command('import')
    .description('take token files (.bin) of nanoGPT or llm.c')
    .argument('<train>', 'the training split')
    .argument('<val>', 'the validation split')
    .option('--tokenizer <name>', 'what the tokens are of: gpt2, … or the folder of a tokenizer or a run')
    .option('--out <folder>', 'where the tokens go')
    .option(...JSON_OPTION)
    .action(importFrom);
  command
    .command('export')
    .description('write token files for nanoGPT or llm.c')
    .argument('<folder>', 'prepared text')
    .option('--format <format>', BIN_FORMATS.join(' or '), BIN_FORMATS[0])
    .option('--out <folder>', 'where train.bin and val.bin go')
    .option(...JSON_OPTION)
    .action(exportTo);
  return command;
}

async function show(folder: string, flags: JsonFlag & { tokens: string }): Promise<void> {
  const [{ openDataset }, { showText }, { loadTokenizer }] = await Promise.all([
    import('../data/dataset.ts'),
    import('../data/show.ts'),
    import('../tokenizers/store.ts'),
  ]);
  const tokens = wholeFlag('tokens', flags.tokens, 0);
  const data = openDataset(folder, 'tokens');
  const shown = showText(data, await loadTokenizer(data.tokenizerFolder), tokens);
  data.close();
  printResult(shown, flags, () => asText(shown));
}

function asText({ meta, bytesPerToken, counted, unused, rare, unknown, common, sample }: Shown): string {
  const { tokenizer, splits, source } = meta;
  const split = (name: 'train' | 'val') => {
    const { tokens, documents, bytes, shards } = splits[name];
    const inShards = shards ? ` · ${plural(shards.length, 'shard')}` : '';
    return `${plural(tokens, 'token')} · ${plural(documents, 'document')} · ${formatBytes(bytes)} · ${bytesPerToken[name].toFixed(3)} bytes a token${inShards}`;
  };
  const unknownShare = unknown === undefined ? '' : `; ${formatShare(unknown / counted)} are unknown words`;
  const about = columns([
    ['text', source],
    ['tokenizer', `${tokenizer.name}, ${formatCount(tokenizer.vocabSize)} kinds of token`],
    ['training', split('train')],
    ['validation', split('val')],
    [
      'kinds',
      `of ${plural(counted, 'token')}: ${formatCount(unused)} never occur, ${formatCount(rare)} fewer than ten times${unknownShare}`,
    ],
    ['common', common.map(({ text, share }) => `${JSON.stringify(text)} ${formatShare(share)}`).join(', ')],
  ]);
  return `${about}\n\n${sample}`;
}

async function importFrom(
  train: string,
  val: string,
  flags: OutFlags & { tokenizer?: string },
): Promise<void> {
  const name = required('--tokenizer <name>', flags.tokenizer, '--tokenizer gpt2');
  const out = required('--out <folder>', flags.out, '--out data/mine');
  const [{ importBins }, { tokenizerFor }, { tokenizerFolder }, { preparedAsText }] = await Promise.all([
    import('../data/bin-files.ts'),
    import('../tokenizers/choose.ts'),
    import('./tokenizer-folder.ts'),
    import('./prepare.ts'),
  ]);
  const nothing = { description: 'no text', async *pieces() {} };
  const meta = await importBins(
    { train, val },
    await tokenizerFor(await tokenizerFolder(name), nothing),
    out,
  );
  printResult({ ...meta, out }, flags, () => preparedAsText(meta, out));
}

async function exportTo(folder: string, flags: OutFlags & { format: string }): Promise<void> {
  const format = oneOf('format', flags.format, BIN_FORMATS);
  const out = required('--out <folder>', flags.out, '--out exports/mine');
  const [{ openDataset }, { exportBins }] = await Promise.all([
    import('../data/dataset.ts'),
    import('../data/bin-files.ts'),
  ]);
  const data = openDataset(folder, 'tokens');
  await exportBins(data, format, out);
  data.close();
  printResult({ format, out }, flags, () => columns([['saved', `train.bin and val.bin in ${out}`]]));
}

interface OutFlags extends JsonFlag {
  out?: string;
}

async function merge(folders: string[], flags: OutFlags): Promise<void> {
  const [{ mergeShards }, { preparedAsText }] = await Promise.all([
    import('../data/merge-shards.ts'),
    import('./prepare.ts'),
  ]);
  const out = required('--out <folder>', flags.out, '--out data/mine');
  const meta = await mergeShards(folders, out);
  printResult({ ...meta, out }, flags, () => preparedAsText(meta, out));
}
