// A chat template with the tokenizer that it belongs to: conversations as tokens to learn from, and prompts for an answer.
import { TsgptError } from '../base/errors.ts';
import { namedTokens } from '../tokenizers/config.ts';
import { END_OF_TEXT, type Tokenizer } from '../tokenizers/tokenizer.ts';
import type { Conversation, Message } from './conversation.ts';
import { hasGenerationTags, Marks, NO_MARKS, withMarks } from './generation-tags.ts';
import { Renderer } from './renderer.ts';
import { type Example, encodeRendered, exampleOf, isSpecial } from './tokens.ts';

/** Our own, for tokenizers that come with none: each message follows the line of its role, and ends as a text does. */
const PLAIN = `{% for message in messages %}{{ message.role + '\\n' + message.content + eos_token }}{% endfor %}{% if add_generation_prompt %}{{ 'assistant\\n' }}{% endif %}`;

/** A conversation to look at how a template writes one. Its words are names of roles, the letters of which all tokenizers have. */
export const TRIAL = {
  place: 'a trial',
  messages: [
    { role: 'user', content: 'assistant' },
    { role: 'assistant', content: 'user' },
  ],
} as const satisfies Conversation;

/** The tokenizer with its own chat template, or with the plain one. */
export function withChatTemplate(tokenizer: Tokenizer): Tokenizer & { readonly chatTemplate: string } {
  const { chatTemplate, startOfText = [] } = tokenizer;
  if (chatTemplate === undefined && tokenizer.endOfText === undefined)
    throw new TsgptError(
      `expected a tokenizer with an end-of-text token, which ends a message, but ${tokenizer.name} has none`,
      'learn one from several texts or from conversations, or choose another',
    );
  const plain = (startOfText.length > 0 ? '{{ bos_token }}' : '') + PLAIN;
  return Object.assign(tokenizer, { chatTemplate: chatTemplate ?? plain });
}

export class ChatTemplate {
  readonly #tokenizer: Tokenizer;
  readonly #renderer: Renderer;
  readonly #isTagged: boolean;
  #turnEnd: Promise<number | undefined> | undefined;

  constructor(tokenizer: Tokenizer & { readonly chatTemplate: string }) {
    this.#tokenizer = tokenizer;
    this.#isTagged = hasGenerationTags(tokenizer.chatTemplate);
    this.#renderer = new Renderer(withMarks(tokenizer.chatTemplate));
  }

  /** What a model reads before it answers. */
  async prompt(messages: readonly Message[]): Promise<number[]> {
    return encodeRendered(this.#tokenizer, await this.text(messages, { forAnswer: true }));
  }

  async text(messages: readonly Message[], { forAnswer }: { forAnswer: boolean }): Promise<string> {
    const [text] = await this.#renderer.render([this.#variables(messages, forAnswer)]);
    return text!;
  }

  /**
   * One example, of which all that the assistant says is learned; or, where the template writes earlier answers otherwise than
   * the last one, an example for each answer.
   */
  async examples({ messages, place }: Conversation): Promise<Example[]> {
    try {
      const examples = this.#isTagged ? await this.#byTags(messages) : await this.#byDifference(messages);
      if (examples.every(({ ids }) => ids.length > 0)) return examples;
      throw new TsgptError('the chat template writes nothing that the assistant says');
    } catch (error) {
      if (!(error instanceof TsgptError)) throw error;
      throw new TsgptError(`${place}: ${error.message}`, error.hint, { cause: error });
    }
  }

  /** The special token that the template writes after an answer, if it does; a model that learned it ends there. */
  async turnEnd(): Promise<number | undefined> {
    this.#turnEnd ??= this.#findTurnEnd();
    return this.#turnEnd;
  }

  close(): void {
    this.#renderer.close();
  }

  async #byTags(messages: readonly Message[]): Promise<Example[]> {
    const marks = new Marks();
    const [marked] = await this.#renderer.render([
      { ...this.#variables(messages, false), ...marks.variables },
    ]);
    const { text, spans } = marks.read(marked!);
    return [exampleOf(this.#tokenizer, text, spans)];
  }

  async #byDifference(messages: readonly Message[]): Promise<Example[]> {
    const answers = messages.flatMap(({ role }, i) => (role === 'assistant' ? [i] : []));
    const texts = await this.#renderer.render([
      ...answers.map((i) => this.#variables(messages.slice(0, i), true)),
      ...answers.map((i) => this.#variables(messages.slice(0, i + 1), false)),
    ]);
    const turnEnd = await this.turnEnd();
    const turns = answers.map((message, i) => {
      const [before, upTo] = [texts[i]!, texts[answers.length + i]!];
      if (!upTo.startsWith(before)) throw unlikePrompt(message);
      return { text: upTo, span: { from: before.length, to: this.#endOfTurn(upTo, before.length, turnEnd) } };
    });
    const whole = turns.at(-1)!.text;
    const isStable = turns.every(({ text, span }) => whole.startsWith(text.slice(0, span.to)));
    if (isStable)
      return [
        exampleOf(
          this.#tokenizer,
          whole,
          turns.map(({ span }) => span),
        ),
      ];
    return turns.map(({ text, span }) => exampleOf(this.#tokenizer, text, [span]));
  }

  /** White space after the token that ends a turn is nothing that a model writes. */
  #endOfTurn(text: string, from: number, turnEnd: number | undefined): number {
    const trimmed = text.trimEnd();
    if (turnEnd === undefined || trimmed.length <= from) return text.length;
    const last = encodeRendered(this.#tokenizer, trimmed).at(-1);
    return last === turnEnd ? trimmed.length : text.length;
  }

  async #findTurnEnd(): Promise<number | undefined> {
    const text = await this.text(TRIAL.messages, { forAnswer: false });
    const { content } = TRIAL.messages[1];
    const after = text.slice(text.lastIndexOf(content) + content.length);
    return encodeRendered(this.#tokenizer, after).find((id) => isSpecial(this.#tokenizer, id));
  }

  /** What transformers gives to a template. */
  #variables(messages: readonly Message[], forAnswer: boolean): Record<string, unknown> {
    const { config, encodeWithSpecials, endOfText } = this.#tokenizer;
    const own = endOfText === undefined ? {} : { bos_token: END_OF_TEXT, eos_token: END_OF_TEXT };
    const isOwn = encodeWithSpecials === undefined;
    if (isOwn && messages.some(({ content }) => content.includes(END_OF_TEXT)))
      throw new TsgptError(`a message holds ${END_OF_TEXT}, which is what messages end with`, 'leave it out');
    return {
      messages: messages.map(({ role, content }) => ({ role, content })),
      tools: null,
      documents: null,
      add_generation_prompt: forAnswer,
      ...(isOwn ? own : Object.fromEntries(namedTokens(config))),
      ...NO_MARKS,
    };
  }
}

function unlikePrompt(message: number): TsgptError {
  return new TsgptError(
    `the chat template writes the beginning of message ${message + 1}, an answer, otherwise than the prompt for it`,
    'a model would be trained on texts that it never sees; use a template with {% generation %} tags',
  );
}
