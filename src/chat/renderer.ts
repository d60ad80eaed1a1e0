// Runs chat templates. A template is a program from outside: it is run by an interpreter that gives it nothing but its variables,
// in a thread of its own, whose memory and time are limited.
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
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
const WORKER = `
const { parentPort, workerData } = require('node:worker_threads');
const { Interpreter, Template } = require(workerData.jinja);
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
let template;
parentPort.on('message', (requests) => {
  try {
    template ??= new Template(workerData.source);
    const texts = requests.map((variables) => template.render(variables));
    const length = texts.reduce((sum, text) => sum + text.length, 0);
    parentPort.postMessage(length > workerData.most ? { length } : { texts });
  } catch (error) {
    parentPort.postMessage({ error: String(error?.message ?? error).slice(0, 500) });
  }
});`;

type Answer = { texts: string[] } | { length: number } | { error: string };

export type Variables = Readonly<Record<string, unknown>>;

export class Renderer {
  readonly #source: string;
  readonly #limits: Limits;
  #worker: Worker | undefined;

  constructor(source: string, limits = LIMITS) {
    if (source.length > MOST_SOURCE) throw tooLong('it', source.length, MOST_SOURCE);
    this.#source = source;
    this.#limits = limits;
  }

  /** Renders the template once for each set of variables. One call at a time. */
  async render(requests: readonly Variables[]): Promise<string[]> {
    const answer = await this.#ask(requests).catch((error) => {
      this.close();
      throw error;
    });
    if ('texts' in answer) return answer.texts;
    throw 'error' in answer ? failed(answer.error) : tooLong('what it writes', answer.length, MOST_TEXT);
  }

  /** Nobody waits for the worker's end: one whose memory is full may not tell of it. */
  close(): void {
    this.#worker?.unref();
    void this.#worker?.terminate();
    this.#worker = undefined;
  }

  #ask(requests: readonly Variables[]): Promise<Answer> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const { seconds, megabytes } = this.#limits;
    return new Promise<Answer>((resolve, reject) => {
      const onAnswer = (answer: Answer) => settle(() => resolve(answer));
      const onError = (error: NodeJS.ErrnoException) =>
        settle(() => {
          const isFull = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
          reject(isFull ? failed(`it took more than ${megabytes} MB of memory`) : error);
        });
      const onTimeout = () => settle(() => reject(failed(`it was stopped after ${seconds} seconds`)));
      const timer = setTimeout(onTimeout, 1000 * seconds);
      const settle = (answer: () => void) => {
        clearTimeout(timer);
        worker.off('message', onAnswer).off('error', onError);
        worker.unref(); // an idle worker keeps no program alive
        answer();
      };
      worker.on('message', onAnswer).on('error', onError);
      worker.ref();
      worker.postMessage(requests);
    });
  }

  #start(): Worker {
    const jinja = createRequire(import.meta.url).resolve('@huggingface/jinja');
    const resourceLimits = { maxOldGenerationSizeMb: this.#limits.megabytes, stackSizeMb: 4 };
    const workerData = { jinja, source: this.#source, most: MOST_TEXT };
    const worker = new Worker(WORKER, { eval: true, workerData, env: {}, resourceLimits });
    return worker.on('error', () => {}); // one that was stopped may fail, too, when nobody asks any more
  }
}

function tooLong(what: string, length: number, most: number): TsgptError {
  return failed(`${what} has ${formatCount(length)} characters, and ${formatCount(most)} are the most`);
}

function failed(why: string): TsgptError {
  return new TsgptError(`the chat template fails: ${why}`);
}
