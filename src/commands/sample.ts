// tsgpt sample: let a model write.
import { Command } from 'commander';
import { kebab } from '../base/kebab.ts';
import { type SamplingInput, samplingOptions, samplingSchema } from '../sampling/options.ts';
import { BACKEND_OPTION, type EngineFlags, engineOf, THREADS_OPTION } from './engine-options.ts';
import { numberFlag, oneOf } from './flags.ts';
import { textOfFile, textOfStdin } from './input.ts';
import { INTERRUPTED, withInterrupt } from './interrupt.ts';
import { JSON_OPTION, type JsonFlag } from './output.ts';

const EXAMPLES = `
Examples:
  tsgpt sample checkpoints/stories --prompt "Once upon a time" --stream
  tsgpt sample checkpoints/stories --num-samples 3 --temperature 1 --top-p 0.95
  tsgpt sample checkpoints/stories --prompt @beginning.txt --stop "The end"
  tsgpt sample checkpoints/stories/step-000500 --temperature 0`;

const NUMBERS = [
  'maxTokens',
  'temperature',
  'topK',
  'topP',
  'minP',
  'repetitionPenalty',
  'seed',
  'numSamples',
] as const;

type SampleFlags = JsonFlag &
  EngineFlags & { [name in (typeof NUMBERS)[number]]?: string } & {
    prompt: string;
    stop?: string[];
    stream?: boolean;
    which: string;
    weights: string;
  };

export function command(): Command {
  const command = new Command('sample')
    .argument('<run>', 'a run, or one of its checkpoints')
    .option('--prompt <text>', 'how the text begins; @file reads it from a file, - from standard input', '')
    .option('--stream', 'print the text as it is written')
    .option('--stop <text...>', about('stop'));
  for (const name of NUMBERS) {
    const value = samplingSchema.shape[name].parse(undefined);
    command.option(`--${kebab(name)} <n>`, `${about(name)} (default: ${value})`);
  }
  return command
    .option('--which <checkpoint>', 'of a run: best or last', 'best')
    .option('--weights <precision>', 'fp32, or bf16: half the memory to read for each token', 'fp32')
    .option(...BACKEND_OPTION)
    .option(...THREADS_OPTION)
    .option(...JSON_OPTION)
    .addHelpText('after', EXAMPLES)
    .action(sample);
}

async function sample(path: string, flags: SampleFlags): Promise<void> {
  const which = oneOf('which', flags.which, ['best', 'last']);
  const weights = oneOf('weights', flags.weights, ['fp32', 'bf16'] as const);
  const { backend, threads } = engineOf(flags);
  const options = samplingOptions(samplingInput(flags));
  const prompt = await readPrompt(flags.prompt);
  const [{ holdWeightsAsBf16, startBackend }, { openAnyModel }, { collectSamples }, { write }] =
    await Promise.all([
      import('../backends/index.ts'),
      import('../run/open.ts'),
      import('../sampling/generate.ts'),
      import('../tasks/write.ts'),
    ]);
  await startBackend(backend, { precision: 'fp32', threads });
  const { model, tokenizer, folder } = await openAnyModel(path, which);
  if (weights === 'bf16') holdWeightsAsBf16(model.parameters.values());
  const streams = (flags.stream ?? process.stdout.isTTY) && !flags.json && options.numSamples === 1;
  const print = (text: string) => void process.stdout.write(process.stdout.isTTY ? printable(text) : text);
  try {
    const samples = await withInterrupt(
      () => {},
      async (signal) => {
        const events = await write(model, tokenizer, prompt, options, signal);
        if (streams) print(prompt);
        return collectSamples(events, streams ? print : undefined);
      },
    );
    if (flags.json) print(JSON.stringify({ checkpoint: folder, prompt, samples }));
    else if (!streams)
      print(samples.map(({ text }, i) => heading(i, samples.length) + prompt + text).join('\n\n'));
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'AbortError')) throw error;
    process.exitCode = INTERRUPTED;
  }
  print('\n');
}

/** A model of bytes may write control characters, which a terminal would obey. */
function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '�');
}

function samplingInput(flags: SampleFlags): SamplingInput {
  const input: SamplingInput = { ...(flags.stop && { stop: flags.stop }) };
  for (const name of NUMBERS) {
    const text = flags[name];
    if (text !== undefined) input[name] = numberFlag(kebab(name), text);
  }
  return input;
}

async function readPrompt(prompt: string): Promise<string> {
  if (prompt === '-') return textOfStdin();
  return prompt.startsWith('@') ? textOfFile(prompt.slice(1)) : prompt;
}

function heading(index: number, count: number): string {
  return count === 1 ? '' : `--- ${index + 1} of ${count} ---\n`;
}

function about(name: keyof typeof samplingSchema.shape): string {
  return samplingSchema.shape[name].description ?? '';
}
