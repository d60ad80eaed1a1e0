// tsgpt summary: a model's layers, parameters and floating-point operations a token.
import { Command } from 'commander';
import type { LayerRow } from '../architectures/language-model.ts';
import { ARCHS, architectureOf, DEFAULT_ARCH, TRAINED_ARCHS } from '../architectures/list.ts';
import { UsageError } from '../base/errors.ts';
import { formatCount } from '../base/format.ts';
import { modelOf, resolveSettings } from '../settings/settings.ts';
import { taskOf } from '../tasks/list.ts';
import { wholeFlag } from './flags.ts';
import { JSON_OPTION, type JsonFlag, printResult } from './output.ts';
import { addSettingOptions, type SettingFlags, settingSources } from './setting-options.ts';

const EXAMPLES = `
Examples:
  tsgpt summary checkpoints/stories
  tsgpt summary --preset gpt2 --vocab-size 50257
  tsgpt summary --arch ${TRAINED_ARCHS[1]} --layers 2 --width 650 --vocab-size 10000 --json`;

interface SummaryFlags extends SettingFlags, JsonFlag {
  arch: string;
  vocabSize: string;
}

export function command(): Command {
  const command = new Command('summary')
    .argument('[run]', 'a run or checkpoint; without one, the model that the settings describe')
    .option('--arch <name>', ARCHS.join(' or '), DEFAULT_ARCH)
    .option('--vocab-size <n>', 'kinds of token', '50257')
    .option(...JSON_OPTION)
    .action(summarise);
  return addSettingOptions(command).addHelpText('after', EXAMPLES);
}

async function summarise(path: string | undefined, flags: SummaryFlags, command: Command): Promise<void> {
  if (path !== undefined) refuseSettings(path, command);
  const { startBackend } = await import('../backends/index.ts');
  await startBackend('plain');
  const model = path === undefined ? await described(flags) : await opened(path);
  const { config, layers } = model;
  const sum = (key: 'parameters' | 'flopsPerToken') => layers.reduce((total, row) => total + row[key], 0);
  const total = { parameters: sum('parameters'), flopsPerToken: sum('flopsPerToken') };
  printResult(
    { config, layers, ...total },
    flags,
    () => `${config.arch}: ${architectureOf(config).describe(config)}\n\n${table(layers, total)}`,
  );
}

/** A run has its settings: others would be silently without effect. */
function refuseSettings(path: string, command: Command): void {
  const given = command.options.find((option) => {
    const name = option.attributeName();
    return name !== 'json' && command.getOptionValueSource(name) === 'cli';
  });
  if (given === undefined) return;
  throw new UsageError(
    `${given.long} does not go with ${path}, which has its own settings`,
    'leave out one or the other',
  );
}

async function described(flags: SummaryFlags) {
  const [{ emptyModel }, { checkSizes }, { hostMemory }] = await Promise.all([
    import('../architectures/create.ts'),
    import('../run/size-check.ts'),
    import('../run/host-memory.ts'),
  ]);
  const { arch } = flags;
  const settings = resolveSettings({ ...settingSources({ ...flags }), arch });
  const vocabSize = wholeFlag('vocab-size', flags.vocabSize, 1);
  const config = modelOf(
    settings,
    arch,
    taskOf({ arch }).sizes({ tokenizer: { name: arch, vocabSize, endOfText: 0 } }),
  );
  checkSizes(config, settings, () => 1, hostMemory());
  return emptyModel(config);
}

async function opened(path: string) {
  const { openAnyModel } = await import('../run/open.ts');
  return (await openAnyModel(path)).model;
}

function table(layers: readonly LayerRow[], total: { parameters: number; flopsPerToken: number }): string {
  const rows = [
    ['layer', 'kind', 'parameters', 'FLOPs/token'],
    ...layers.map((row) => [row.name, row.kind, formatCount(row.parameters), formatCount(row.flopsPerToken)]),
    ['total', '', formatCount(total.parameters), formatCount(total.flopsPerToken)],
  ];
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const lines = rows.map((row) =>
    row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
  );
  lines.splice(1, 0, '─'.repeat(lines[0]!.length));
  lines.splice(-1, 0, '─'.repeat(lines[0]!.length));
  const note =
    'FLOPs: one token’s forward pass at full context, a multiply-add counted as two; training costs three times that.';
  return `${lines.join('\n')}\n\n${note}`;
}
