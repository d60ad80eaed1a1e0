// tsgpt chat: a talk with a model in the terminal, or by lines of standard input.
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { TsgptError } from '../base/errors.ts';
import { formatCount } from '../base/format.ts';
import type { Answer, Talk } from '../run/talk.ts';
import { samplingOptions } from '../sampling/options.ts';
import { WEIGHTS_OPTION, WHICH_OPTION, weightsOf, whichOf } from './checkpoint-options.ts';
import { BACKEND_OPTION, type EngineFlags, engineOf, THREADS_OPTION } from './engine-options.ts';
import { INTERRUPTED, withInterrupt } from './interrupt.ts';
import { type JsonFlag, print } from './output.ts';
import { addSamplingOptions, type SamplingFlags, samplingInput } from './sampling-options.ts';

const HELP = `
Each line is a message. /reset forgets what was said, /quit or Ctrl-D ends, Ctrl-C stops an answer.

Examples:
  tsgpt chat checkpoints/talks
  tsgpt chat checkpoints/talks --system "You are brief." --temperature 0.5
  tsgpt chat checkpoints/talks --temperature 0 --json < questions.txt`;

const NUMBERS = ['maxTokens', 'temperature', 'topK', 'topP', 'minP', 'repetitionPenalty', 'seed'] as const;

type ChatFlags = JsonFlag & EngineFlags & SamplingFlags & { system?: string; which: string; weights: string };

export function command(): Command {
  const command = new Command('chat')
    .argument('<run>', 'a run, or one of its checkpoints')
    .option('--system <text>', 'what the model is told first, and never forgets');
  return addSamplingOptions(command, NUMBERS)
    .option(...WHICH_OPTION)
    .option(...WEIGHTS_OPTION)
    .option(...BACKEND_OPTION)
    .option(...THREADS_OPTION)
    .option('--json', 'print a JSON object on stdout for each answer, and nothing else there')
    .addHelpText('after', HELP)
    .action(chat);
}

async function chat(path: string, flags: ChatFlags): Promise<void> {
  const which = whichOf(flags);
  const weights = weightsOf(flags);
  const { backend, threads } = engineOf(flags);
  const sampling = samplingInput(flags, NUMBERS);
  samplingOptions(sampling); // checked before anything is loaded
  const [{ holdWeightsAsBf16, startBackend }, { openModel }, { Talk }] = await Promise.all([
    import('../backends/index.ts'),
    import('../run/open.ts'),
    import('../run/talk.ts'),
  ]);
  await startBackend(backend, { precision: 'fp32', threads });
  const { model, tokenizer, folder } = await openModel(path, which);
  if (weights === 'bf16') holdWeightsAsBf16(model.parameters.values());
  if (tokenizer.chatTemplate === undefined)
    note(`${folder} has no chat template, so it was not trained to talk; a plain one is used`);
  const talk = new Talk(model, tokenizer, { system: flags.system, sampling });
  try {
    for await (const line of process.stdin.isTTY ? linesTyped() : createInterface(process.stdin)) {
      if (line === '/quit') break;
      if (line === '/reset') talk.reset();
      else if (line.trim() !== '' && (await say(talk, line, flags).catch(toldAtTerminal)) === 'leave') break;
    }
  } finally {
    talk.close();
  }
}

/** Ctrl-C stops the answer; where nobody sits at the terminal, it ends the talk. */
async function say(talk: Talk, line: string, { json }: JsonFlag): Promise<'leave' | undefined> {
  const answer = await withInterrupt(
    () => {},
    (signal) => talk.answer(line, { signal, ...(!json && { onText: print }) }),
  );
  print(json ? `${JSON.stringify({ message: line, ...answer })}\n` : '\n');
  tell(answer);
  if (answer.finish !== 'interrupted' || process.stdin.isTTY) return undefined;
  process.exitCode = INTERRUPTED;
  return 'leave';
}

/** A message that a model cannot take is no reason to end the talk with somebody who can say it otherwise. */
function toldAtTerminal(error: unknown): undefined {
  if (!(error instanceof TsgptError && process.stdin.isTTY)) throw error;
  note(error.hint === undefined ? error.message : `${error.message}; ${error.hint}`);
}

function tell({ forgotten, finish, tokens }: Answer): void {
  if (forgotten > 0)
    note(`the context is full: the oldest ${formatCount(forgotten)} messages were forgotten`);
  if (finish === 'length') note(`the answer was cut after ${formatCount(tokens.length)} tokens`);
}

function note(text: string): void {
  process.stderr.write(`(${text})\n`);
}

/** A reader for each line: between them the terminal is as usual, and Ctrl-C a signal. */
async function* linesTyped(): AsyncGenerator<string> {
  let history: string[] = [];
  for (;;) {
    const line = await new Promise<string | undefined>((resolve) => {
      const reader = createInterface({ input: process.stdin, output: process.stderr, history });
      reader.on('history', (lines) => {
        history = [...lines];
      });
      reader.on('close', () => resolve(undefined));
      reader.on('SIGINT', () => {
        process.stderr.write('\n'); // below what was typed
        note('/quit or Ctrl-D ends');
        resolve('');
        reader.close();
      });
      reader.question('> ', (line) => {
        resolve(line);
        reader.close();
      });
    });
    if (line === undefined) return;
    yield line;
  }
}
