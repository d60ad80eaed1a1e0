// tsgpt compare: train several architectures on the same tokens, and report.
import { Command } from 'commander';
import { ARCHS, architectureNamed, COMPARED_ARCHS } from '../architectures/list.ts';
import { createProgress } from '../base/progress.ts';
import { addEngineOptions, type EngineFlags, engineOf } from './engine-options.ts';
import { oneOf, wholeFlag } from './flags.ts';
import { INTERRUPTED, STOPPING, withInterrupt } from './interrupt.ts';
import { JSON_OPTION, type JsonFlag, printResult } from './output.ts';
import { addSettingOptions, type SettingFlags, settingSources } from './setting-options.ts';

const EXAMPLES = `
Examples:
  tsgpt compare                                                 small models on the built-in stories, a few minutes
  tsgpt compare --data data/shakespeare --budget-tokens 500000 --out checkpoints/compared
  tsgpt compare --data data/shakespeare --archs ${COMPARED_ARCHS.toReversed().join(',')} --width 256 --out checkpoints/wide
  tsgpt compare --data data/shakespeare --preset char --match none --out checkpoints/char

A setting goes for every architecture, but --width for the first: it fixes the parameters that the others must match.
Ctrl-C saves and exits with 130; the same command goes on from there.`;

interface CompareFlags extends SettingFlags, EngineFlags, JsonFlag {
  data?: string;
  archs: string;
  budgetTokens?: string;
  match: string;
  out: string;
}

export function command(): Command {
  const command = new Command('compare')
    .option('--data <folder>', 'prepared text (default: the built-in stories)')
    .option(
      '--archs <names>',
      `what to compare, with commas between: ${ARCHS.join(', ')}`,
      COMPARED_ARCHS.join(','),
    )
    .option('--budget-tokens <n>', 'tokens to train each on (default: as many as the settings plan for)')
    .option(
      '--match <what>',
      'parameters: widths are chosen so that all have about as many; or none',
      'parameters',
    )
    .option('--out <folder>', 'where the runs and the report go', 'checkpoints/comparison')
    .option(...JSON_OPTION)
    .addHelpText('after', EXAMPLES)
    .action(runComparison);
  return addSettingOptions(addEngineOptions(command));
}

async function runComparison(flags: CompareFlags): Promise<void> {
  const [{ compare }, { asText }] = await Promise.all([
    import('../comparison/compare.ts'),
    import('../comparison/report.ts'),
  ]);
  const { data, out } = flags;
  const engine = engineOf(flags);
  const archs = flags.archs.split(',').map((name) => architectureNamed(name.trim()).name);
  const match = oneOf('match', flags.match, ['parameters', 'none']);
  const budgetTokens =
    flags.budgetTokens === undefined ? undefined : wholeFlag('budget-tokens', flags.budgetTokens, 1);
  const settings = settingSources({ ...flags });
  const progress = createProgress();
  const stopping = () => progress.note(STOPPING);
  await withInterrupt(stopping, async (signal) => {
    try {
      const report = await compare({
        data,
        out,
        archs,
        match,
        budgetTokens,
        settings,
        ...engine,
        progress,
        signal,
      });
      progress.end();
      printResult(report, flags, () => `${asText(report)}\n\nreport: ${out}/report.md`);
    } catch (error) {
      progress.end();
      if (error !== signal.reason) throw error;
      progress.note(`interrupted; saved in ${out}: the same command goes on from there`);
      process.exitCode = INTERRUPTED;
    }
  });
}
