// The syntax of split patterns: as much of Oniguruma's, which Hugging Face's tokenizers use, as can be matched in linear time.
// Anything else is refused by name.
import { TsgptError } from '../../base/errors.ts';
import { LETTER_ESCAPES, literal, propertyOf, type Test, testOf } from './regex-characters.ts';

export type Node =
  | { readonly kind: 'character'; readonly test: Test }
  | { readonly kind: 'sequence'; readonly nodes: readonly Node[] }
  | { readonly kind: 'choice'; readonly nodes: readonly Node[] }
  | {
      readonly kind: 'repeat';
      readonly node: Node;
      readonly least: number;
      readonly most: number;
      readonly isLazy: boolean;
    }
  | { readonly kind: 'ahead'; readonly test: Test; readonly isNegative: boolean };

const MOST_CHARACTERS = 10_000;
const DEEPEST = 50;

const GROUPS: Readonly<Record<string, string>> = {
  '(?:': 'group',
  '(?i:': 'folded',
  '(?!': 'not',
  '(?=': 'is',
};

export function parseRegex(pattern: string): Node {
  if (pattern.length > MOST_CHARACTERS)
    throw new TsgptError(
      `a pattern has ${pattern.length} characters, where ${MOST_CHARACTERS} are the most that tsgpt reads`,
    );
  return new Parser(pattern).all();
}

class Parser {
  readonly #pattern: string;
  #at = 0;
  #depth = 0;
  #folds = false;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  all(): Node {
    const node = this.#choice();
    if (this.#at < this.#pattern.length) throw this.#refused(')');
    return node;
  }

  #choice(): Node {
    const nodes = [this.#sequence()];
    while (this.#skip('|')) nodes.push(this.#sequence());
    return nodes.length === 1 ? nodes[0]! : { kind: 'choice', nodes };
  }

  #sequence(): Node {
    const nodes: Node[] = [];
    while (this.#at < this.#pattern.length && !/[|)]/.test(this.#pattern[this.#at]!))
      nodes.push(this.#repeated(this.#atom()));
    return { kind: 'sequence', nodes };
  }

  #repeated(node: Node): Node {
    const [written, sign, least, comma, most] =
      /^(?:([*+?])|\{(\d{1,4})(,?)(\d{0,4})\})/.exec(this.#pattern.slice(this.#at, this.#at + 12)) ?? [];
    if (written === undefined) return node;
    this.#at += written.length;
    if (node.kind === 'ahead') throw this.#refused(written);
    const isLazy = this.#skip('?');
    if (/[*+?{]/.test(this.#pattern[this.#at] ?? '')) throw this.#refused(this.#pattern[this.#at]!);
    if (sign !== undefined)
      return { kind: 'repeat', node, isLazy, least: sign === '+' ? 1 : 0, most: sign === '?' ? 1 : Infinity };
    const upper = most !== '' ? Number(most) : comma === '' ? Number(least) : Infinity;
    if (upper < Number(least)) throw this.#refused(written);
    return { kind: 'repeat', node, isLazy, least: Number(least), most: upper };
  }

  #atom(): Node {
    const character = String.fromCodePoint(this.#pattern.codePointAt(this.#at)!);
    if (character === '(') return this.#group();
    if (character === '[') return this.#character(this.#class());
    if (character === '\\') return this.#character(this.#escape());
    if ('^$*+?{'.includes(character)) throw this.#refused(character);
    this.#at += character.length;
    return this.#character(character === '.' ? '[^\\n]' : literal(character));
  }

  #group(): Node {
    const written = /^\((?:\?i:|\?.?)?/s.exec(this.#pattern.slice(this.#at, this.#at + 4))![0];
    const kind = written === '(' ? 'group' : GROUPS[written];
    if (kind === undefined) throw this.#refused(written);
    this.#at += written.length;
    if (++this.#depth > DEEPEST) throw new TsgptError(`a pattern has groups in more than ${DEEPEST} others`);
    const folded = this.#folds;
    this.#folds ||= kind === 'folded';
    const node = this.#choice();
    this.#folds = folded;
    this.#depth--;
    if (!this.#skip(')')) throw this.#refused(written);
    if (kind !== 'not' && kind !== 'is') return node;
    const only = node.kind === 'sequence' && node.nodes.length === 1 ? node.nodes[0]! : node;
    if (only.kind !== 'character') throw this.#refused(written);
    return { kind: 'ahead', test: only.test, isNegative: kind === 'not' };
  }

  /** "[…]" as JavaScript writes it. */
  #class(): string {
    this.#at++;
    let source = this.#skip('^') ? '[^' : '[';
    if (this.#pattern[this.#at] === ']') throw this.#refused('[]');
    while (!this.#skip(']')) {
      const item = this.#classItem();
      const isRange = this.#pattern[this.#at] === '-' && this.#pattern[this.#at + 1] !== ']';
      if (isRange) this.#at++;
      source += isRange ? `${item}-${this.#classItem()}` : item;
    }
    return `${source}]`;
  }

  #classItem(): string {
    const rest = this.#pattern.slice(this.#at, this.#at + 2);
    if (rest === '' || rest[0] === '[' || rest === '&&') throw this.#refused(rest === '' ? '[' : rest);
    if (rest[0] === '\\') return this.#escape();
    const character = String.fromCodePoint(this.#pattern.codePointAt(this.#at)!);
    this.#at += character.length;
    return literal(character);
  }

  #escape(): string {
    const rest = this.#pattern.slice(this.#at, this.#at + 60);
    const [property, isNot, isNotToo, name, letter] = /^\\([pP])(?:\{(\^?)(\w+)\}|(\w))/.exec(rest) ?? [];
    if (property !== undefined) {
      this.#at += property.length;
      return propertyOf(name ?? letter!, (isNot === 'P') !== (isNotToo === '^'), () =>
        this.#refused(property),
      );
    }
    const [hex, ...digits] =
      /^\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|x\{([\da-fA-F]{1,6})\})/.exec(rest) ?? [];
    if (hex !== undefined) {
      this.#at += hex.length;
      const code = Number.parseInt(digits.find((written) => written !== undefined)!, 16);
      if (code > 0x10ffff) throw this.#refused(hex);
      return literal(String.fromCodePoint(code));
    }
    const character = rest.length < 2 ? '' : String.fromCodePoint(rest.codePointAt(1)!);
    const known = LETTER_ESCAPES[character];
    if (known === undefined && (character === '' || /[\p{L}\p{N}]/u.test(character)))
      throw this.#refused(`\\${character}`);
    this.#at += 1 + character.length;
    return known ?? literal(character);
  }

  #character(source: string): Node {
    return { kind: 'character', test: testOf(source, this.#folds, () => this.#refused(source)) };
  }

  #skip(text: string): boolean {
    const isThere = this.#pattern.startsWith(text, this.#at);
    if (isThere) this.#at += text.length;
    return isThere;
  }

  #refused(what: string): TsgptError {
    return new TsgptError(
      `tsgpt does not know ${JSON.stringify(what)} at character ${this.#at} of the pattern ${JSON.stringify(shortened(this.#pattern))}`,
    );
  }
}

function shortened(pattern: string): string {
  return pattern.length > 80 ? `${pattern.slice(0, 77)}...` : pattern;
}
