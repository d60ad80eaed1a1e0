// The command line: its words in, the verb run, errors printed. The only place that prints them.
import { setTimeout } from 'node:timers/promises';
import { Command, CommanderError, type Option } from 'commander';
import { TsgptError, UsageError } from '../base/errors.ts';
import { didYouMean } from '../base/nearest.ts';
import { VERSION } from '../base/version.ts';
import { type Launch, launchOf, nameOfRank, workAlone } from '../collectives/launch.ts';
import { asUsageError } from './command-error.ts';
import { VERBS } from './verbs.ts';

const EXAMPLES = `
Examples:
  tsgpt quickstart
  tsgpt prepare poems/ --tokenizer bpe --vocab-size 1024 --out data/poems
  tsgpt train --data data/poems --out checkpoints/poems
  tsgpt sample checkpoints/poems --prompt "The moon" --stream

tsgpt <verb> --help shows every option of a verb, with examples.`;

const [HELP_FLAGS, HELP_ABOUT] = ['-h, --help', 'print this help'] as const;

/** Does what the words ask for; a failure is printed, and its code becomes the process's. */
export async function run(words: readonly string[]): Promise<void> {
  // The verb that is asked for, or asked about: the only one that is loaded.
  const asked = words.find((word) => !word.startsWith('-') && word !== 'help');
  let launch: Launch | undefined;
  try {
    launch = launchOf();
    if (launch && !isShared(words, asked)) {
      if (launch.rank > 0) return;
      workAlone();
    }
    await parse(words, asked);
  } catch (error) {
    if (launch && launch.rank > 0) await setTimeout(PRECEDENCE_MS);
    process.exitCode = explain(error, asked, launch);
    if (launch) process.exit(); // the other ranks are not waited for
  }
}

/** Of several ranks all do what is shared among them; the first alone does the rest. */
function isShared(words: readonly string[], asked: string | undefined): boolean {
  return asked === 'train' && !['help', '--help', '-h'].some((word) => words.includes(word));
}

async function parse(words: readonly string[], asked: string | undefined): Promise<void> {
  if (asked !== undefined && !Object.hasOwn(VERBS, asked))
    throw new UsageError(`unknown verb ${JSON.stringify(asked)}`, didYouMean(asked, Object.keys(VERBS)));
  const program = new Command('tsgpt')
    .usage('<verb> [options]')
    .description('Train, sample and compare small language models.')
    .version(VERSION, '--version', 'print the version')
    .helpOption(HELP_FLAGS, HELP_ABOUT)
    .commandsGroup('Verbs:')
    .helpCommand('help [verb]', 'print the help of a verb')
    .addHelpText('after', EXAMPLES)
    .enablePositionalOptions()
    .configureHelp({ optionDescription })
    .configureOutput({ outputError: () => {} }) // errors are printed below, once
    .exitOverride();
  for (const [name, verb] of Object.entries(VERBS)) {
    const command = name === asked ? (await verb.load()).command() : new Command(name);
    prepare(command.description(verb.about), program);
    program.addCommand(command);
  }
  if (words.length === 0) program.outputHelp();
  else await program.parseAsync(words, { from: 'user' });
}

/** Every verb, and every verb's verb, prints and fails as the program does. */
function prepare(command: Command, parent: Command): void {
  command.copyInheritedSettings(parent).helpOption(HELP_FLAGS, HELP_ABOUT);
  for (const inner of command.commands) prepare(inner, command);
}

/** Defaults are shown as a user would write them. */
function optionDescription({ description, defaultValue }: Option): string {
  return defaultValue ? `${description} (default: ${defaultValue})` : description;
}

/** Where all ranks fail alike the first one speaks, and ends the job meanwhile. */
const PRECEDENCE_MS = 2000;

/** One line for a mistake of the user's, with what to do next; the whole stack for one of ours. */
function explain(error: unknown, asked: string | undefined, launch?: Launch): number {
  if (error instanceof CommanderError) {
    const isHelp = error.code.startsWith('commander.help') || error.exitCode === 0;
    return isHelp ? (error.exitCode === 0 ? 0 : 2) : explain(asUsageError(error, asked), asked, launch);
  }
  const who = launch && launch.rank > 0 ? `${nameOfRank(launch.rank)}: ` : '';
  if (error instanceof TsgptError) {
    process.stderr.write(
      `error: ${who}${error.message}\n${error.hint === undefined ? '' : `  → ${error.hint}\n`}`,
    );
    return error.exitCode;
  }
  process.stderr.write(
    `${who}${error instanceof Error ? error.stack : error}\nThis is a bug in tsgpt: please report it.\n`,
  );
  return 1;
}
