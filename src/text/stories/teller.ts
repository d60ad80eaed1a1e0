// Tells one text by a grammar: makes its choices, remembers what was drawn, and sees to pronouns, articles, capitals, spaces.
// Apart from the choices everything is determined, so a text's probability is the product of its choices' probabilities.
import type { Gender, Grammar, Option, Options, Template } from './template.ts';

/** Chooses one of the weights, by index; it is given the text so far. */
export type Choose = (weights: readonly number[], textSoFar: string) => number;

interface Memory {
  text: string;
  gender: Gender | undefined;
  fields: ReadonlyMap<string, Template>;
}

const PRONOUNS: Readonly<Record<string, Readonly<Record<Gender, string>>>> = {
  he: { he: 'he', she: 'she' },
  him: { he: 'him', she: 'her' },
  his: { he: 'his', she: 'her' },
  himself: { he: 'himself', she: 'herself' },
};

export function tell(grammar: Grammar, rule: string, choose: Choose): string {
  return new Teller(grammar, choose).tell(rule);
}

/** A text, and what the summary that is named as one of its rules makes of what the text remembers. */
export function tellWithSummary(
  grammar: Grammar,
  summaries: Grammar,
  rule: string,
  choose: Choose,
): { story: string; summary: string } {
  const teller = new Teller(grammar, choose);
  return { story: teller.tell(rule), summary: teller.summarise(summaries) };
}

class Teller {
  readonly #grammar: Grammar;
  readonly #choose: Choose;
  readonly #memories = new Map<string, Memory>();
  readonly #remembered = new Set<string>();
  readonly #drawnRules = new Set<string>();
  /** The characters that "he" and "she" would be taken for: those last named in this paragraph. */
  readonly #lastNamed = new Map<Gender, string>();
  /** True inside <x=rule>, where a text that is already remembered is not drawn again. */
  #isNaming = false;
  #text = '';
  /** The text before capitals and articles are seen to: what is remembered is cut from it. */
  #plain = '';
  #spaceDue = false;
  #capitalDue = true;
  #inQuotes = false;

  constructor(grammar: Grammar, choose: Choose) {
    this.#grammar = grammar;
    this.#choose = choose;
  }

  tell(rule: string): string {
    this.#draw(rule);
    return this.#text;
  }

  summarise(summaries: Grammar): string {
    const [, summary] = [...summaries].find(([rule]) => this.#drawnRules.has(rule))!;
    this.#startParagraph();
    this.#text = '';
    this.#run(this.#pick(summary).template);
    return this.#text;
  }

  #run(template: Template): void {
    for (const node of template) {
      if (node.kind === 'text') this.#write(node.text);
      else if (node.kind === 'paragraph') this.#startParagraph();
      else if (node.kind === 'choice') this.#run(this.#pick(node.options).template);
      else if (node.kind === 'if') this.#run(this.#memories.has(node.name) ? node.yes : node.no);
      else if (node.kind === 'recall') this.#recall(node.name, node.field);
      else if (node.name === undefined) this.#draw(node.rule);
      else this.#drawAs(node.name, node.rule, node.gender);
    }
  }

  #draw(rule: string): Option {
    const options = this.#grammar.get(rule);
    if (options === undefined) throw new Error(`the story grammar has no rule "${rule}"`);
    this.#drawnRules.add(rule);
    const option = this.#pick(options);
    this.#run(option.template);
    return option;
  }

  #drawAs(name: string, rule: string, gender: Gender | undefined): void {
    const start = this.#plain.length;
    const wasNaming = this.#isNaming;
    this.#isNaming = true;
    const { fields } = this.#draw(rule);
    this.#isNaming = wasNaming;
    const text = this.#plain.slice(start).trim();
    this.#memories.set(name, { text, gender, fields });
    this.#remembered.add(text);
    if (gender !== undefined) this.#lastNamed.set(gender, name);
  }

  #pick(all: Options): Option {
    const { options, weights } = this.#isNaming ? this.#notRemembered(all) : all;
    return options.length === 1 ? options[0]! : options[this.#choose(weights, this.#text)]!;
  }

  #notRemembered(all: Options): Options {
    const isNew = (i: number) => !this.#remembered.has(all.options[i]!.plain ?? '');
    if (all.options.every((_, i) => isNew(i))) return all;
    return {
      options: all.options.filter((_, i) => isNew(i)),
      weights: all.weights.filter((_, i) => isNew(i)),
    };
  }

  #recall(name: string, field: string | undefined): void {
    const memory = this.#memories.get(name);
    if (memory === undefined) throw new Error(`a story recalls "${name}", which it has not drawn`);
    const pronouns = PRONOUNS[field ?? ''];
    if (memory.gender !== undefined)
      this.#refer(name, memory.text, memory.gender, field, pronouns?.[memory.gender]);
    else if (field === undefined) this.#write(memory.text);
    else this.#run(memory.fields.get(field)!);
  }

  /** A character: by pronoun where one is asked for and is clear, else by name. */
  #refer(
    name: string,
    text: string,
    gender: Gender,
    form: string | undefined,
    pronoun: string | undefined,
  ): void {
    const isClear = this.#lastNamed.get(gender) === name || form === 'himself';
    this.#lastNamed.set(gender, name);
    if (pronoun !== undefined && isClear) this.#write(pronoun);
    else this.#write(form === 'his' ? `${text}'s` : text);
  }

  /** Spaces at the ends of a piece count as one space between two words, and as none elsewhere. */
  #write(piece: string): void {
    const words = piece.trim();
    if (piece.startsWith(' ')) this.#spaceDue = true;
    if (words === '') return;
    const last = this.#text.at(-1) ?? '\n';
    const space = this.#spaceDue && last !== '\n' && !/^[.,!?]/.test(words) ? ' ' : '';
    if (space && startsWithVowelSound(words) && /(^|[\s"])a$/i.test(this.#text.slice(-2))) this.#text += 'n';
    this.#plain += space + words;
    this.#text += space + (this.#capitalDue ? words[0]!.toUpperCase() + words.slice(1) : words);
    this.#spaceDue = piece.endsWith(' ');
    for (const char of words) if (char === '"') this.#inQuotes = !this.#inQuotes;
    this.#capitalDue = /[.!?]$|\."$/.test(words) || (this.#inQuotes && words.endsWith('"'));
  }

  #startParagraph(): void {
    this.#text += '\n\n';
    this.#plain += ' ';
    this.#spaceDue = false;
    this.#capitalDue = true;
    this.#lastNamed.clear();
  }
}

function startsWithVowelSound(words: string): boolean {
  return /^[aeiou]/i.test(words) && !/^(one|once|use|uni|uku)/i.test(words);
}
