// tsgpt quickstart (npm start): the whole path in two minutes, on stories that come with the program.
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import type { Model } from '../architectures/language-model.ts';
import { DEFAULT_ARCH } from '../architectures/list.ts';
import { formatCount } from '../base/format.ts';
import { modelOf, resolveSettings, type SettingValues } from '../settings/settings.ts';
import { taskOf } from '../tasks/list.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { INTERRUPTED, STOPPING, withInterrupt } from './interrupt.ts';

const DATA = 'data/quickstart';
const STORIES = 4000;
const VOCABULARY = 2048;
const PROMPT = 'One morning';

const EXAMPLES = `
Examples:
  tsgpt quickstart

Writes ${DATA} and checkpoints/quickstart in the current folder.`;

/** The settings with which an engine learns most in a good minute; on a slow machine the clock ends the run. */
const COMMON = { minLearningRate: 3e-4, maxSeconds: 90 };
const QUICK = {
  ...COMMON,
  layers: 4,
  heads: 4,
  width: 128,
  context: 128,
  batchSize: 8,
  maxSteps: 2000,
  learningRate: 3e-3,
  evalInterval: 250,
  evalTokens: 16384,
  checkpointInterval: 1000,
};
const SLOW = {
  ...COMMON,
  layers: 2,
  heads: 4,
  width: 48,
  context: 64,
  batchSize: 2,
  maxSteps: 1000,
  learningRate: 3e-3,
  evalInterval: 200,
  evalTokens: 4096,
  checkpointInterval: 500,
};

export function command(): Command {
  return new Command('quickstart').addHelpText('after', EXAMPLES).action(quickstart);
}

async function quickstart(): Promise<void> {
  const { startRun } = await import('../run/start.ts');
  const { trainingReporter } = await import('./training-reporter.ts');
  const reporter = trainingReporter();
  const { note } = reporter;
  note('tsgpt: text in, a trained model, text out.\n');
  note(`1. The text: ${await prepareStories()}\n`);
  const { startBackend } = await import('../backends/index.ts');
  const flags = (await startBackend()).name === 'plain' ? SLOW : QUICK;
  note(`2. What an untrained model writes:\n${await writeUntrained(flags)}\n`);
  note('3. Training\n');
  const out = freeName('checkpoints/quickstart');
  const result = await withInterrupt(
    () => note(STOPPING),
    (signal) => startRun({ out, data: DATA, flags }, {}, { ...reporter, signal }),
  );
  reporter.end(result, out);
  if (result.ended === 'interrupted') {
    note(reporter.next(result, out));
    process.exitCode = INTERRUPTED;
    return;
  }
  note(`\n4. What the trained model writes:\n${await writeTrained(out)}\n`);
  note(suggestions(out));
}

async function writeUntrained(flags: SettingValues): Promise<string> {
  const [{ createAnyModel }, { loadTokenizer }] = await Promise.all([
    import('../architectures/create.ts'),
    import('../tokenizers/store.ts'),
  ]);
  const tokenizer = await loadTokenizer(DATA);
  const settings = resolveSettings({ arch: DEFAULT_ARCH, flags });
  const model = await createAnyModel(
    modelOf(settings, DEFAULT_ARCH, taskOf({ arch: DEFAULT_ARCH }).sizes({ tokenizer })),
    settings.seed,
  );
  return written(model, tokenizer).finally(() => model.dispose());
}

async function writeTrained(run: string): Promise<string> {
  const { openAnyModel } = await import('../run/open.ts');
  const { model, tokenizer } = await openAnyModel(run);
  return written(model, tokenizer).finally(() => model.dispose());
}

async function written(model: Model, tokenizer: Tokenizer): Promise<string> {
  const [{ collectSamples }, { write }] = await Promise.all([
    import('../sampling/generate.ts'),
    import('../tasks/write.ts'),
  ]);
  const [sample] = await collectSamples(
    await write(model, tokenizer, PROMPT, { maxTokens: 110, temperature: 0.6 }),
  );
  return indent(PROMPT + sample!.text);
}

/** Wrapped to a line that is good to read. */
function indent(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/(.{1,90})(\s|$)/g, '   $1\n')
    .trimEnd();
}

/** The first of name, name-2, name-3… that does not exist: what an earlier quickstart trained stays. */
function freeName(name: string): string {
  for (let i = 2, free = name; ; free = `${name}-${i++}`) if (!existsSync(free)) return free;
}

function suggestions(out: string): string {
  return `Try next (in a clone of the project, "npx tsgpt" is the same program):

  # let it write more
  tsgpt sample ${out} --prompt "One day" --stream

  # how far is it from the text's own entropy?
  tsgpt eval ${out}

  # two architectures on the same budget
  tsgpt compare

  # train longer, larger, on your own text
  tsgpt prepare --help
  tsgpt train --help`;
}

async function prepareStories(): Promise<string> {
  const [{ openText }, { tokenizerFor }, { prepareData }] = await Promise.all([
    import('../text/open.ts'),
    import('../tokenizers/choose.ts'),
    import('../data/prepare.ts'),
  ]);
  const source = await openText(['builtin:stories'], { stories: STORIES });
  const tokenizer = await tokenizerFor('bpe', source, { vocabSize: VOCABULARY });
  const { splits } = await prepareData({ source, tokenizer, out: DATA, valFraction: 0.1, seed: 1337 });
  return `${source.description}, ${formatCount(splits.train.tokens)} tokens`;
}
