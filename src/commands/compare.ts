// tsgpt compare: train several architectures on the same tokens, and report.
import { Command } from 'commander';
import { ARCHS } from '../architectures/list.ts';
import { UsageError, unexpected } from '../base/errors.ts';
import { createProgress } from '../base/progress.ts';
import type { Budget } from '../comparison/budget.ts';
import type { Size } from '../comparison/match.ts';
import { learnersFrom } from '../tasks/list.ts';
import { addEngineOptions, type EngineFlags, engineOf } from './engine-options.ts';
import { numberFlag, oneOf, wholeFlag } from './flags.ts';
import { INTERRUPTED, STOPPING, withInterrupt } from './interrupt.ts';
import { JSON_OPTION, type JsonFlag, printResult } from './output.ts';
import { addSettingOptions, type SettingFlags, settingSources } from './setting-options.ts';

const [OF_PAIRS] = learnersFrom('pairs');

const EXAMPLES = `
Examples:
  tsgpt compare                                                 small models on the built-in stories, a few minutes
  tsgpt compare --data data/shakespeare --budget-tokens 500000 --out checkpoints/compared
  tsgpt compare --data data/shakespeare --archs ${ARCHS.slice(0, 2).toReversed().join(',')} --width 256 --out checkpoints/wide
  tsgpt compare --data data/shakespeare --preset char --match none --out checkpoints/char
  tsgpt compare --data data/pairs --archs ${OF_PAIRS}:attention=none,${OF_PAIRS}:attention=dot --out checkpoints/pairs

A setting goes for every architecture, but --width for the first: it fixes the parameters that the others must match.
Ctrl-C saves and exits with 130; the same command goes on from there.`;

interface CompareFlags extends SettingFlags, EngineFlags, JsonFlag {
  data?: string;
  archs?: string;
  budgetTokens?: string;
  budgetFlops?: string;
  budgetSeconds?: string;
  match: string;
  sizes?: string;
  seeds: string;
  lrSweep?: boolean;
  prompt?: string;
  out: string;
}

export function command(): Command {
  const command = new Command('compare')
    .option('--data <folder>', 'prepared text (default: the built-in stories)')
    .option(
      '--archs <names>',
      `what to compare, with commas between: ${ARCHS.join(',')} (default: all that learn alike from such data)`,
    )
    .option('--budget-tokens <n>', 'tokens to train each on (default: as many as the settings plan for)')
    .option('--budget-flops <n>', 'or floating-point operations of training')
    .option('--budget-seconds <n>', 'or seconds of training, by the speed of its first steps')
    .option(
      '--match <what>',
      'parameters: widths are chosen so that all have about as many; or none',
      'parameters',
    )
    .option('--sizes <list>', 'train each in several sizes, as 0.1M,0.3M,1M, and fit a power law')
    .option('--seeds <n>', 'train each from so many seeds, for a mean and its spread', '1')
    .option('--lr-sweep', 'find each architecture’s learning rate first, on a quarter of the budget')
    .option('--prompt <text>', 'what every sample begins with, or is made from')
    .option('--out <folder>', 'where the runs and the report go', 'checkpoints/comparison')
    .option(...JSON_OPTION)
    .addHelpText('after', EXAMPLES)
    .action(runComparison);
  return addSettingOptions(addEngineOptions(command));
}

async function runComparison(flags: CompareFlags): Promise<void> {
  const [{ compare }, { asTable }, { verdictOf }] = await Promise.all([
    import('../comparison/compare.ts'),
    import('../comparison/table.ts'),
    import('../comparison/sentences.ts'),
  ]);
  const { data, out } = flags;
  const engine = engineOf(flags);
  const archs = flags.archs?.split(',').map((name) => name.trim());
  const match = oneOf('match', flags.match, ['parameters', 'none']);
  const sizes = flags.sizes?.split(',').map(sizeOf);
  const seeds = wholeFlag('seeds', flags.seeds, 1);
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
        budget: budgetOf(flags),
        sizes,
        seeds,
        sweep: flags.lrSweep,
        prompt: flags.prompt,
        settings,
        ...engine,
        progress,
        signal,
      });
      progress.end();
      printResult(
        report,
        flags,
        () => `${asTable(report)}\n\n${verdictOf(report)}\nreport: ${out}/report.html`,
      );
    } catch (error) {
      progress.end();
      if (error !== signal.reason) throw error;
      progress.note(`interrupted; saved in ${out}: the same command goes on from there`);
      process.exitCode = INTERRUPTED;
    }
  });
}

function budgetOf(flags: CompareFlags): Budget | undefined {
  const { maxSteps, maxTokens, ...rest } = flags as CompareFlags & Record<string, unknown>;
  const given = (['tokens', 'flops', 'seconds'] as const).filter((what) => rest[flagOf(what)] !== undefined);
  if (given.length === 0) return undefined;
  if (given.length > 1 || maxSteps !== undefined || maxTokens !== undefined) {
    throw new UsageError(
      'expected one budget: --budget-tokens, --budget-flops or --budget-seconds, without --max-steps and --max-tokens',
      'leave the others out',
    );
  }
  const [what] = given;
  const amount = numberFlag(`budget-${what}`, flags[flagOf(what!)]!);
  if (!(amount > 0)) throw unexpected(`--budget-${what}`, 'a number above 0', amount);
  return { [what!]: amount } as Budget;
}

function flagOf<What extends 'tokens' | 'flops' | 'seconds'>(what: What) {
  return `budget${what[0]!.toUpperCase()}${what.slice(1)}` as `budget${Capitalize<What>}`;
}

/** "0.3M", "300k" or "300000". */
function sizeOf(text: string): Size {
  const label = text.trim();
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([kM]?)$/.exec(label) ?? [];
  if (!(Number(number) > 0)) throw unexpected('--sizes', 'numbers of parameters, as 0.1M,300k,1M', text);
  return { label, parameters: Math.round(Number(number) * { '': 1, k: 1e3, M: 1e6 }[unit]!) };
}
