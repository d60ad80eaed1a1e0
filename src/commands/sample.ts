// tsgpt sample: let a model write.
import { Command } from 'commander';
import { UsageError } from '../base/errors.ts';
import type { OpenedModel } from '../run/open.ts';
import { HOW, samplingOptions, samplingSchema } from '../sampling/options.ts';
import { taskOf } from '../tasks/list.ts';
import type { Task } from '../tasks/task.ts';
import { type BetweenFlags, walkOf } from './between.ts';
import { WEIGHTS_OPTION, WHICH_OPTION, weightsOf, whichOf } from './checkpoint-options.ts';
import { BACKEND_OPTION, type EngineFlags, engineOf, THREADS_OPTION } from './engine-options.ts';
import { oneOf, required } from './flags.ts';
import { textOfFile, textOfStdin } from './input.ts';
import { INTERRUPTED, withInterrupt } from './interrupt.ts';
import { JSON_OPTION, type JsonFlag, print } from './output.ts';
import { addSamplingOptions, type SamplingFlags, samplingInput } from './sampling-options.ts';

const EXAMPLES = `
Examples:
  tsgpt sample checkpoints/stories --prompt "Once upon a time" --stream
  tsgpt sample checkpoints/stories --num-samples 3 --temperature 1 --top-p 0.95
  tsgpt sample checkpoints/stories --prompt @beginning.txt --stop "The end"
  tsgpt sample checkpoints/stories/step-000500 --temperature 0
  tsgpt sample checkpoints/pairs --source "3 May 1998" --attention map.svg
  tsgpt sample checkpoints/pairs --source @story.txt --beam 4
  tsgpt sample checkpoints/masked --prompt "the [MASK] sat on the [MASK]" --num-samples 3
  tsgpt sample checkpoints/plots --between @story.txt "The fox went home." --steps 5`;

const NUMBERS = [
  'maxTokens',
  'temperature',
  'topK',
  'topP',
  'minP',
  'repetitionPenalty',
  'seed',
  'numSamples',
  'beam',
  'lengthPenalty',
  'passes',
] as const;

type SampleFlags = JsonFlag &
  EngineFlags &
  BetweenFlags &
  SamplingFlags & {
    prompt?: string;
    source?: string;
    attention?: string;
    how?: string;
    stream?: boolean;
    which: string;
    weights: string;
  };

export function command(): Command {
  const command = new Command('sample')
    .argument('<run>', 'a run, or one of its checkpoints')
    .option('--prompt <text>', 'how the text begins; @file reads it from a file, - from standard input')
    .option(
      '--source <text>',
      'of pairs: the text whose target is written; of documents: one to write anew; @file and - as well',
    )
    .option('--between <texts...>', 'of documents: walk from one text to another; @file as well')
    .option('--steps <n>', 'texts that a walk writes (default: 7)')
    .option('--attention <file.svg>', 'of pairs: draw what each token of the target looked at')
    .option('--stream', 'print the text as it is written');
  return addSamplingOptions(command, NUMBERS)
    .option(
      '--how <name>',
      `${samplingSchema.shape.how.description}: ${HOW.join(' or ')} (default: ${HOW[0]})`,
    )
    .option(...WHICH_OPTION)
    .option(...WEIGHTS_OPTION)
    .option(...BACKEND_OPTION)
    .option(...THREADS_OPTION)
    .option(...JSON_OPTION)
    .addHelpText('after', EXAMPLES)
    .action(sample);
}

async function sample(path: string, flags: SampleFlags): Promise<void> {
  const which = whichOf(flags);
  const weights = weightsOf(flags);
  const { backend, threads } = engineOf(flags);
  const input = {
    ...samplingInput(flags, NUMBERS),
    ...(flags.how !== undefined && { how: oneOf('how', flags.how, HOW) }),
  };
  samplingOptions(input); // checked before anything is loaded
  const walk = walkOf(flags);
  const [{ holdWeightsAsBf16, startBackend }, { openAnyModel }, { collectSamples }, { write, writeWalk }] =
    await Promise.all([
      import('../backends/index.ts'),
      import('../run/open.ts'),
      import('../sampling/generate.ts'),
      import('../tasks/write.ts'),
    ]);
  await startBackend(backend, { precision: 'fp32', threads });
  const { model, tokenizer, folder } = await openAnyModel(path, which);
  const task = taskOf(model.config);
  const { given, fillsIn } = task;
  const text = await readText(givenText(flags, task));
  const ends = walk && ([await readText(walk.ends[0]), await readText(walk.ends[1])] as const);
  if (weights === 'bf16') holdWeightsAsBf16(model.parameters.values());
  const streams =
    (flags.stream ?? process.stdout.isTTY) && !flags.json && (input.numSamples ?? 1) === 1 && !ends;
  const shown = given === 'prompt' && !fillsIn ? text : ''; // what is written goes on from a prompt, or stands beside a source
  try {
    const samples = await withInterrupt(
      () => {},
      async (signal) => {
        const events = ends
          ? await writeWalk(model, tokenizer, ends, walk.steps, input, signal)
          : await write(model, tokenizer, text, input, signal);
        if (streams) print(shown);
        return collectSamples(events, streams ? print : undefined);
      },
    );
    if (flags.attention !== undefined)
      await drawAttention(flags.attention, { model, tokenizer }, text, samples[0]!.tokens);
    if (flags.json)
      print(
        JSON.stringify({ checkpoint: folder, ...(ends ? { between: ends } : { [given]: text }), samples }),
      );
    else if (!streams)
      print(samples.map(({ text }, i) => heading(i, samples.length) + shown + text).join('\n\n'));
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'AbortError')) throw error;
    process.exitCode = INTERRUPTED;
  }
  print('\n');
}

/** What the model is given to write from; a flag that means nothing to it is refused. */
function givenText(flags: SampleFlags, { name, given, startsFromNothing }: Task): string {
  for (const flag of ['prompt', 'source'] as const)
    if (flag !== given && flags[flag] !== undefined)
      throw new UsageError(`a model of ${name} is given no ${flag}`, `give it a ${given}: --${given} <text>`);
  if (given === 'prompt' || startsFromNothing) return flags[given] ?? '';
  return required('--source <text>', flags.source, '--source "a text whose target is written"');
}

async function drawAttention(
  file: string,
  { model, tokenizer }: Pick<OpenedModel, 'model' | 'tokenizer'>,
  source: string,
  target: readonly number[],
): Promise<void> {
  const task = taskOf(model.config);
  const learning = await task.load();
  if (!learning.attention)
    throw new UsageError(`--attention means nothing to ${task.name}`, 'it is for models of pairs');
  const { heatMap } = await import('../evaluation/heat-map.ts');
  const { writeFileAtomic } = await import('../base/atomic-files.ts');
  await writeFileAtomic(file, heatMap(await learning.attention(model, tokenizer, source, target)));
}

async function readText(given: string): Promise<string> {
  if (given === '-') return textOfStdin();
  return given.startsWith('@') ? textOfFile(given.slice(1)) : given;
}

function heading(index: number, count: number): string {
  return count === 1 ? '' : `--- ${index + 1} of ${count} ---\n`;
}
