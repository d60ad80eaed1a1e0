// What commander has to say about the words of a command, in the words of our own errors.
import type { CommanderError } from 'commander';
import { UsageError } from '../base/errors.ts';

/** `verb`: the one that was asked for, whose help tells more. */
export function asUsageError({ message }: CommanderError, verb: string | undefined): UsageError {
  const [what, guess] = message.replace(/^error: /, '').split('\n(Did you mean ');
  const help = ['tsgpt', ...(verb === undefined ? [] : [verb]), '--help'].join(' ');
  const hint = guess === undefined ? '' : `did you mean ${guess.replace(/\?\)$/, '')}? `;
  return new UsageError(what!.replace(/\.$/, ''), `${hint}${help} shows what there is`);
}
