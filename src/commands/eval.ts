// tsgpt eval: loss, perplexity and bits per byte of a model on a prepared text.
import { Command } from 'commander';
import { TsgptError, UsageError } from '../base/errors.ts';
import { formatCount } from '../base/format.ts';
import { createProgress } from '../base/progress.ts';
import type { Dataset } from '../data/dataset.ts';
import { refuseOtherTokens } from '../run/other-tokens.ts';
import type { RunRecord } from '../run/record.ts';
import { taskOf } from '../tasks/list.ts';
import { WHICH_OPTION, whichOf } from './checkpoint-options.ts';
import { addEngineOptions, type EngineFlags, engineOf } from './engine-options.ts';
import { oneOf } from './flags.ts';
import { addMeasuringOptions, measuringSettings } from './measuring-options.ts';
import { columns, JSON_OPTION, type JsonFlag, printResult } from './output.ts';

const EXAMPLES = `
Examples:
  # on the validation split of the text it was trained with
  tsgpt eval checkpoints/stories

  # on another text
  tsgpt eval checkpoints/stories --data data/other --json

  # every token sees at least context − 32 tokens before it: better, and slower
  tsgpt eval checkpoints/stories --stride 32

  # a model of pairs, on pairs that nothing was chosen by, with a beam of four
  tsgpt eval checkpoints/pairs --split test --beam 4

  # without the memory that some architectures carry from window to window, to compare with those that have none
  tsgpt eval checkpoints/stories --reset`;

interface EvalFlags extends EngineFlags, JsonFlag {
  data?: string;
  split: string;
  which: string;
}

export function command(): Command {
  const command = new Command('eval')
    .argument('<run>', 'a run, or one of its checkpoints')
    .option('--data <folder>', 'prepared text (default: the text that the run was trained with)')
    .option('--split <name>', 'train or val, or, of pairs and conversations, test', 'val');
  return addEngineOptions(
    addMeasuringOptions(command)
      .option(...WHICH_OPTION)
      .option(...JSON_OPTION)
      .addHelpText('after', EXAMPLES)
      .action(evaluateRun),
  );
}

async function evaluateRun(path: string, flags: EvalFlags): Promise<void> {
  const which = whichOf(flags);
  const split = oneOf('split', flags.split, ['train', 'val', 'test']);
  const engine = engineOf(flags);
  const [{ startBackend }, { openAnyModel }, { openDataset, readMeta }, { floorOf }] = await Promise.all([
    import('../backends/index.ts'),
    import('../run/open.ts'),
    import('../data/dataset.ts'),
    import('../evaluation/floor.ts'),
  ]);
  const record = await recordOf(path);
  // A run that was trained in fp32 is measured in fp32. One trained in bf16 or fp16 may meet a machine that has neither.
  const precision = engine.precision === 'auto' && record?.precision === 'fp32' ? 'fp32' : engine.precision;
  const backend = await startBackend(engine.backend, { ...engine, precision });
  const { model, tokenizer, folder } = await openAnyModel(path, which);
  const data = flags.data ?? record?.data.folder ?? noText(path);
  const task = taskOf(model.config, readMeta(data).kind);
  const dataset = openDataset(data, task.data);
  refuseOtherTokens({ tokenizer, folder }, dataset);
  const settings = measuringSettings(task, { ...flags });
  const learning = await task.load();
  const progress = createProgress();
  const evaluation = await learning.measure(model, splitOf(dataset, split), {
    ...settings,
    tokenizer,
    onProgress: (done, total) => progress.live(`${formatCount(done)} of ${formatCount(total)} tokens`),
  });
  progress.end();
  const { meta } = dataset;
  // The text's entropy bounds the loss of a whole text, which has bits per byte, and no other.
  const isBounded = evaluation.bitsPerByte !== undefined && meta.kind === 'tokens' && split !== 'test';
  const floor = isBounded ? floorOf(meta.splits[split]) : undefined;
  const result = {
    ...evaluation,
    ...(task.lossIsBound && { lossIsBound: true }),
    split,
    tokenizer: tokenizer.name,
    data: dataset.folder,
    checkpoint: folder,
    backend: backend.name,
    precision: backend.precision,
    ...(floor && { floor, aboveFloor: evaluation.loss - floor.loss }),
  };
  printResult(result, flags, () =>
    columns([
      ['checkpoint', folder],
      [
        'text',
        `${dataset.folder}, ${split} split: ${formatCount(evaluation.tokens)} tokens of ${tokenizer.name}`,
      ],
      ['backend', `${backend.name}: ${backend.detail} · ${backend.precision}`],
      ['conditions', learning.conditions(evaluation)],
      ...learning
        .figures(evaluation)
        .map(({ label, text, unit }): [string, string] => [label, unit ? `${text} ${unit}` : text]),
      ...(floor
        ? [
            [
              'floor',
              `${floor.loss.toFixed(4)} nats per token, ${floor.bitsPerByte.toFixed(4)} bits per byte: the text’s own entropy; the model is ${task.lossIsBound ? 'at most ' : ''}${(evaluation.loss - floor.loss).toFixed(4)} nats above it`,
            ] as const,
          ]
        : []),
    ]),
  );
}

function splitOf(dataset: Dataset, split: 'train' | 'val' | 'test'): unknown {
  if (split in dataset) return Reflect.get(dataset, split);
  throw new UsageError(`${dataset.folder} has no ${split} split`, 'it has train and val: --split val');
}

/** The record of the run that the path names, or that the named checkpoint belongs to. */
async function recordOf(path: string): Promise<RunRecord | undefined> {
  const { dirname } = await import('node:path');
  const { hasRun, readRecord } = await import('../run/record.ts');
  const run = [path, dirname(path)].find(hasRun);
  return run === undefined ? undefined : readRecord(run);
}

function noText(path: string): never {
  throw new TsgptError(
    `${path} does not say what text it was trained with`,
    'give one: --data <prepared folder>',
  );
}
