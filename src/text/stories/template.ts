// The notation the story grammar is written in, and its parser. A rule is a list of alternatives, likeliest first.
//   {a|b|}       one of these (the last is empty)           <rule>        an alternative of that rule
//   {?x: a|b}    a if x is remembered, else b               <x=rule>      one that is not yet remembered, remembered as x
//   [x]          what x was                                 <x=rule she>  the same, for someone spoken of as "she"
//   [x.he]       pronoun of x: he, him, his, himself        ¶             a new paragraph
//   [x.field]    field of the table row that x was
// A table is a rule named "rule / field / field" whose alternatives are "text / value / value".

export type Gender = 'he' | 'she';

export type Node =
  | { kind: 'text'; text: string }
  | { kind: 'paragraph' }
  | { kind: 'choice'; options: Options }
  | { kind: 'draw'; rule: string; name: string | undefined; gender: Gender | undefined }
  | { kind: 'recall'; name: string; field: string | undefined }
  | { kind: 'if'; name: string; yes: Template; no: Template };

export type Template = readonly Node[];

export interface Option {
  template: Template;
  /** The whole text, if it has no choices. */
  plain: string | undefined;
  fields: ReadonlyMap<string, Template>;
}

export interface Options {
  options: readonly Option[];
  weights: readonly number[];
}

export type Grammar = ReadonlyMap<string, Options>;

const TOKEN = /\{\?\w+:|[{}|/¶]|<(?:\w+=)?\w+(?: s?he)?>|\[\w+(?:\.\w+)?\]|[^{}|/¶<[]+/y;
const DRAW = /^<(?:(\w+)=)?(\w+)(?: (s?he))?>$/;
const RECALL = /^\[(\w+)(?:\.(\w+))?\]$/;

export function parseGrammar(...parts: readonly Readonly<Record<string, string>>[]): Grammar {
  const grammar = new Map<string, Options>();
  for (const [key, source] of parts.flatMap((rules) => Object.entries(rules))) {
    const [name, ...fields] = key.split(' / ');
    if (grammar.has(name!)) throw new Error(`two story rules are named "${name}"`);
    grammar.set(name!, new Parser(source, key).whole(fields));
  }
  return grammar;
}

class Parser {
  readonly #tokens: string[] = [];
  readonly #rule: string;
  #next = 0;

  constructor(source: string, rule: string) {
    this.#rule = rule;
    const text = source.replace(/\s+/g, ' ');
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < text.length) {
      const at = TOKEN.lastIndex;
      const token = TOKEN.exec(text)?.[0] ?? this.#fail(`cannot read "${text.slice(at, at + 20)}"`);
      this.#tokens.push(token);
    }
  }

  whole(fields: string[]): Options {
    const options = this.#options(fields, true);
    return this.#next === this.#tokens.length ? options : this.#fail('has a } too many');
  }

  /** Parses alternatives up to the closing brace or the end. The i-th (from 0) has weight 1 / (i + 3). */
  #options(fields: string[], isRule: boolean): Options {
    const options: Option[] = [];
    do {
      const cells = [this.#template()];
      while (this.#take('/')) cells.push(this.#template());
      if (isRule) cells.forEach(trim);
      if (cells.length !== fields.length + 1)
        this.#fail(`row ${options.length + 1} has ${cells.length} cells`);
      const template = cells[0]!;
      options.push({
        template,
        plain: plainText(template),
        fields: new Map(fields.map((field, i) => [field, cells[i + 1]!])),
      });
    } while (this.#take('|'));
    return { options, weights: options.map((_, i) => 1 / (i + 3)) };
  }

  /** Parses up to the next | or / or } of this level. */
  #template(): Node[] {
    const nodes: Node[] = [];
    for (let token = this.#peek(); token !== undefined && !'|/}'.includes(token); token = this.#peek()) {
      this.#next++;
      nodes.push(this.#node(token));
    }
    return nodes;
  }

  #node(token: string): Node {
    if (token === '¶') return { kind: 'paragraph' };
    if (token === '{') return { kind: 'choice', options: this.#close(this.#options([], false)) };
    if (token.startsWith('{?')) {
      const yes = this.#template();
      const no = this.#take('|') ? this.#template() : [];
      return this.#close({ kind: 'if', name: token.slice(2, -1), yes, no });
    }
    const draw = DRAW.exec(token);
    if (draw) return { kind: 'draw', name: draw[1], rule: draw[2]!, gender: draw[3] as Gender | undefined };
    const recall = RECALL.exec(token);
    if (recall) return { kind: 'recall', name: recall[1]!, field: recall[2] };
    return { kind: 'text', text: token };
  }

  #close<T>(value: T): T {
    return this.#take('}') ? value : this.#fail('lacks a }');
  }

  #peek(): string | undefined {
    return this.#tokens[this.#next];
  }

  #take(token: string): boolean {
    if (this.#peek() !== token) return false;
    this.#next++;
    return true;
  }

  #fail(problem: string): never {
    throw new Error(`story rule "${this.#rule}" ${problem}`);
  }
}

/** A run of plain text is one node, so a plain template has none or one. */
function plainText(template: Template): string | undefined {
  const [node] = template;
  if (node === undefined) return '';
  return template.length === 1 && node.kind === 'text' ? node.text : undefined;
}

function trim(nodes: Node[]): void {
  const first = nodes[0];
  if (first?.kind === 'text') nodes[0] = { kind: 'text', text: first.text.trimStart() };
  const last = nodes.at(-1);
  if (last?.kind === 'text') nodes[nodes.length - 1] = { kind: 'text', text: last.text.trimEnd() };
}
