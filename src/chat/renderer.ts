// Runs chat templates. A template is a program from outside: it is run by an interpreter that gives it nothing but its variables,
// in a process of its own, whose memory and time are limited. In a thread, V8 may end the whole program where memory runs out.
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { TsgptError } from '../base/errors.ts';
import { formatCount } from '../base/format.ts';

const MOST_SOURCE = 2 ** 20;
const MOST_TEXT = 2 ** 25;

export interface Limits {
  /** For one call of render. */
  readonly seconds: number;
  readonly megabytes: number;
}

const LIMITS: Limits = { seconds: 10, megabytes: 256 };

/**
 * Source and no file, since a bundle and the tests' runner have files of other names. The interpreter's own strip takes no account
 * of the characters that it is given, as Python's does.
 */
const PROGRAM = `
const { runInThisContext } = require('node:vm');
const { Interpreter, Template } = require(process.argv[1]);
const SIDES = new Map([['strip', [true, true]], ['lstrip', [true, false]], ['rstrip', [false, true]]]);
const { evaluateMemberExpression } = Interpreter.prototype;
Interpreter.prototype.evaluateMemberExpression = function (expression, environment) {
  const sides = expression.computed ? undefined : SIDES.get(expression.property.value);
  const object = sides && this.evaluate(expression.object, environment);
  if (object?.type !== 'StringValue') return evaluateMemberExpression.call(this, expression, environment);
  const own = object.builtins.get(expression.property.value);
  return new own.constructor((args, scope) =>
    args[0]?.type === 'StringValue' ? new object.constructor(stripped(object.value, args[0].value, sides)) : own.value(args, scope));
};
function stripped(text, characters, [left, right]) {
  let [from, to] = [0, text.length];
  while (left && from < to && characters.includes(text[from])) from++;
  while (right && from < to && characters.includes(text[to - 1])) to--;
  return text.slice(from, to);
}
process.on('SIGINT', () => {}); // Ctrl-C at the terminal is for the program that asks
process.once('message', ({ source, most, seconds }) => {
  let template;
  process.on('message', (requests) => {
    globalThis.render = () => (template ??= new Template(source), requests.map((variables) => template.render(variables)));
    try {
      const texts = runInThisContext('render()', { timeout: 1000 * seconds });
      const length = texts.reduce((sum, text) => sum + text.length, 0);
      process.send(length > most ? { length } : { texts });
    } catch (error) {
      const isLate = error?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
      process.send(isLate ? { isLate } : { error: String(error?.message ?? error).slice(0, 500) });
    }
  });
});`;

type Answer = { texts: string[] } | { length: number } | { isLate: true } | { error: string };

export type Variables = Readonly<Record<string, unknown>>;

export class Renderer {
  readonly #source: string;
  readonly #limits: Limits;
  #process: ChildProcess | undefined;

  constructor(source: string, limits = LIMITS) {
    if (source.length > MOST_SOURCE) throw tooLong('it', source.length, MOST_SOURCE);
    this.#source = source;
    this.#limits = limits;
  }

  /** Renders the template once for each set of variables. One call at a time. */
  async render(requests: readonly Variables[]): Promise<string[]> {
    const answer = await this.#ask(requests);
    if ('texts' in answer) return answer.texts;
    if ('length' in answer) throw tooLong('what it writes', answer.length, MOST_TEXT);
    throw failed('error' in answer ? answer.error : `it was stopped after ${this.#limits.seconds} seconds`);
  }

  close(): void {
    this.#process?.kill('SIGKILL');
    this.#process = undefined;
  }

  #ask(requests: readonly Variables[]): Promise<Answer> {
    this.#process ??= this.#start();
    const child = this.#process;
    return new Promise<Answer>((resolve, reject) => {
      const settle = (then: () => void) => {
        child.off('message', onAnswer).off('exit', onEnd).off('error', onEnd);
        idle(child);
        then();
      };
      const onAnswer = (answer: Answer) => settle(() => resolve(answer));
      const onEnd = (why: unknown, signal?: string) =>
        settle(() => {
          this.#process = undefined;
          reject(why instanceof Error ? why : this.#ended(why, signal));
        });
      child.on('message', onAnswer).on('exit', onEnd).on('error', onEnd);
      child.ref();
      child.channel?.ref();
      child.send(requests);
    });
  }

  #start(): ChildProcess {
    const jinja = createRequire(import.meta.url).resolve('@huggingface/jinja');
    const { megabytes, seconds } = this.#limits;
    const child = spawn(process.execPath, [`--max-old-space-size=${megabytes}`, '-e', PROGRAM, jinja], {
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
    });
    child.send({ source: this.#source, most: MOST_TEXT, seconds });
    return child.on('error', () => {}); // one that ended may fail, too, when nobody asks any more
  }

  /** V8 aborts a process whose memory is full. */
  #ended(code: unknown, signal: string | undefined): TsgptError {
    const isFull = ['SIGABRT', 'SIGTRAP', 'SIGILL'].includes(signal ?? '');
    if (isFull) return failed(`it took more than ${this.#limits.megabytes} MB of memory`);
    return failed(`its process was ended (${signal ?? `exit code ${code}`})`);
  }
}

/** An idle process keeps no program alive. */
function idle(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
}

function tooLong(what: string, length: number, most: number): TsgptError {
  return failed(`${what} has ${formatCount(length)} characters, and ${formatCount(most)} are the most`);
}

function failed(why: string): TsgptError {
  return new TsgptError(`the chat template fails: ${why}`);
}
