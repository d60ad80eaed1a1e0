// A talk with a model: what was said so far, cut to what the model can read, and its answers.
import type { LanguageModel } from '../architectures/language-model.ts';
import { TsgptError } from '../base/errors.ts';
import type { Message } from '../chat/conversation.ts';
import { ChatTemplate, withChatTemplate } from '../chat/template.ts';
import { generate, type Sample } from '../sampling/generate.ts';
import { type SamplingInput, type SamplingOptions, samplingOptions } from '../sampling/options.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

export interface TalkOptions {
  /** What the system message says, which is never forgotten. */
  system?: string | undefined;
  /** How answers are drawn; each answer has a seed of its own, made of this one. */
  sampling?: SamplingInput;
}

export interface Answer extends Omit<Sample, 'finish'> {
  finish: Sample['finish'] | 'interrupted';
  /** How many of the oldest messages had to be forgotten for it. */
  forgotten: number;
}

/**
 * A conversation with a model, by the chat template of its tokenizer. The backend must have been started.
 * @example
 * import { openModel, startBackend, Talk } from 'tsgpt';
 * await startBackend();
 * const { model, tokenizer } = await openModel('checkpoints/talks');
 * const talk = new Talk(model, tokenizer, { system: 'You are brief.', sampling: { temperature: 0 } });
 * const { text } = await talk.answer('What is 2+2?', { onText: (text) => console.log(text) });
 * console.log(text);
 * talk.close();
 */
export class Talk {
  readonly #model: LanguageModel;
  readonly #tokenizer: Tokenizer;
  readonly #template: ChatTemplate;
  readonly #system: readonly Message[];
  readonly #sampling: SamplingOptions;
  #said: Message[] = [];
  #answers = 0;

  constructor(model: LanguageModel, tokenizer: Tokenizer, { system, sampling = {} }: TalkOptions = {}) {
    this.#model = model;
    this.#tokenizer = tokenizer;
    this.#sampling = samplingOptions(sampling);
    this.#system = system === undefined ? [] : [{ role: 'system', content: system }];
    this.#template = new ChatTemplate(withChatTemplate(tokenizer));
  }

  /**
   * Says something to the model, and waits for its answer. Where the signal stops it, what was written until then is the answer.
   */
  async answer(
    content: string,
    { onText, signal }: { onText?: (text: string) => void; signal?: AbortSignal } = {},
  ): Promise<Answer> {
    const asked: Message[] = [...this.#said, { role: 'user', content }];
    const { prompt, forgotten } = await this.#fitting(asked);
    const turnEnd = await this.#template.turnEnd();
    const maxTokens = Math.min(this.#sampling.maxTokens, this.#model.config.context - prompt.length);
    const options = {
      ...this.#sampling,
      maxTokens,
      seed: this.#sampling.seed + this.#answers++,
      numSamples: 1,
    };
    const { config } = this.#model;
    const model = {
      config,
      startDecoding: () => this.#model.startDecoding(),
      ...(turnEnd !== undefined && { endsAt: turnEnd }),
    };
    let sample: Omit<Answer, 'forgotten'> = { text: '', tokens: [], finish: 'interrupted' };
    try {
      for await (const event of generate(model, this.#tokenizer, prompt, options, signal)) {
        if (event.kind === 'done') sample = { ...event.sample, text: sample.text };
        else {
          // A template may write white space before an answer, which the model then writes, too.
          const text = sample.text === '' ? event.text.trimStart() : event.text;
          sample.text += text;
          if (text !== '') onText?.(text);
        }
      }
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
    const kept = asked.slice(forgotten);
    this.#said =
      sample.text === '' ? kept.slice(0, -1) : [...kept, { role: 'assistant', content: sample.text }];
    return { ...sample, forgotten };
  }

  /** Forgets all but the system message. */
  reset(): void {
    this.#said = [];
    this.#answers = 0;
  }

  close(): void {
    this.#template.close();
  }

  /** Forgets the oldest turns, up to the next question, until there is room for an answer: half of the context at the most. */
  async #fitting(asked: readonly Message[]): Promise<{ prompt: number[]; forgotten: number }> {
    const { context } = this.#model.config;
    const room = Math.min(this.#sampling.maxTokens, Math.floor(context / 2));
    for (const [forgotten, { role }] of asked.entries()) {
      if (role !== 'user') continue;
      const prompt = await this.#template.prompt([...this.#system, ...asked.slice(forgotten)]);
      const isLast = forgotten === asked.length - 1;
      if (prompt.length + (isLast ? 1 : room) <= context) return { prompt, forgotten };
      if (isLast) throw tooLong(prompt.length, context);
    }
    throw new Error('internal: nothing was asked');
  }
}

function tooLong(tokens: number, context: number): TsgptError {
  return new TsgptError(
    `expected a message that leaves room for an answer in the context, ${context} tokens, but with what the template adds it has ${tokens}`,
    'say less at once',
  );
}
