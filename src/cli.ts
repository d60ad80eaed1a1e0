#!/usr/bin/env node
// The command line. The only place that prints errors and exits.
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { TsgptError } from './base/errors.ts';
import { VERBS } from './commands/verbs.ts';

const EXAMPLES = `
Examples:
  tsgpt quickstart                                             the whole path in two minutes
  tsgpt prepare poems/ --tokenizer bpe --vocab-size 1024 --out data/poems
  tsgpt train --data data/poems --out checkpoints/poems
  tsgpt sample checkpoints/poems --prompt "The moon" --stream
  tsgpt <verb> --help                                          every option of a verb, with examples`;

async function main(words: string[]): Promise<void> {
  const program = new Command('tsgpt')
    .description('Train, sample and compare small GPT-style language models.')
    .version(version(), '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .addHelpText('after', EXAMPLES)
    .enablePositionalOptions()
    .configureOutput({ outputError: () => {} }) // errors are printed below, once
    .exitOverride();
  const asked = words.find((word) => !word.startsWith('-'));
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
  command.copyInheritedSettings(parent).helpOption('--help', 'print this help');
  for (const inner of command.commands) prepare(inner, command);
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
}

/** One line for a mistake of the user's, with what to do next; the whole stack for one of ours. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    process.stderr.write(`${error.message}\n(tsgpt --help and tsgpt <verb> --help show what there is)\n`);
    return 2;
  }
  if (error instanceof TsgptError) {
    process.stderr.write(`error: ${error.message}\n${error.hint === undefined ? '' : `  → ${error.hint}\n`}`);
    return error.exitCode;
  }
  process.stderr.write(
    `${error instanceof Error ? error.stack : error}\nThis is a bug in tsgpt: please report it.\n`,
  );
  return 1;
}

// A reader that leaves early (`tsgpt sample … | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = explain(error);
}
