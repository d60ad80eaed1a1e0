// tsgpt data: prepared text, put together and looked through.
import { Command } from 'commander';
import { required } from './flags.ts';
import { JSON_OPTION, type JsonFlag, printResult } from './output.ts';

const EXAMPLES = `
Examples:
  # on each of four machines, i from 1 to 4
  tsgpt prepare fineweb/ --tokenizer gpt2 --part i/4 --out parts/i
  tsgpt data merge parts/1 parts/2 parts/3 parts/4 --out data/fineweb`;

export function command(): Command {
  const command = new Command('data').addHelpText('after', EXAMPLES);
  command
    .command('merge')
    .description('put the parts of a text together that prepare --part has made')
    .argument('<folders...>', 'where the parts are, or the one folder of them all')
    .option('--out <folder>', 'where the tokens go')
    .option(...JSON_OPTION)
    .action(merge);
  return command;
}

interface OutFlags extends JsonFlag {
  out?: string;
}

async function merge(folders: string[], flags: OutFlags): Promise<void> {
  const [{ mergeShards }, { asText }] = await Promise.all([
    import('../data/merge-shards.ts'),
    import('./prepare.ts'),
  ]);
  const out = required('--out <folder>', flags.out, '--out data/mine');
  const meta = await mergeShards(folders, out);
  printResult({ ...meta, out }, flags, () => asText(meta, out));
}
