// A tokenizer that someone else made, as its tokenizer.json describes it: added tokens are found, the text between them is
// normalized and split into words, and in each word tokens are merged.
import { unexpected } from '../../base/errors.ts';
import { binaryOf } from '../bytes.ts';
import { fingerprintOf } from '../fingerprint.ts';
import type { Cuts, Tokenizer, TokenizerConfig, TokenizerJson } from '../tokenizer.ts';
import { wellFormed } from '../well-formed.ts';
import {
  type AddedToken,
  type FindAdded,
  finderOfAdded,
  reachesSpace,
  type Section,
} from './added-tokens.ts';
import type { Decoder } from './decoders.ts';
import type { Model } from './model.ts';
import type { Normalize } from './normalizers.ts';
import type { Around } from './template.ts';

export interface Pipeline {
  added: readonly AddedToken[];
  normalize: Normalize | undefined;
  model: Model;
  isByteLevel: boolean;
  /** Whether words end where every pattern of ours ends them (see boundary.ts). */
  endsWords: boolean;
  around: Around;
  decoder: Decoder;
  json: TokenizerJson;
  config: TokenizerConfig | undefined;
  endOfText: number | undefined;
}

export class PipelineTokenizer implements Tokenizer {
  readonly name: string;
  readonly kind = 'bpe';
  readonly vocabSize: number;
  readonly endOfText: number | undefined;
  readonly startOfText: readonly number[];
  readonly config: TokenizerConfig | undefined;
  readonly cuts: Cuts | undefined;
  readonly #pipeline: Pipeline;
  /** By id: binary strings where they are made of bytes. */
  readonly #tokens: string[] = [];
  readonly #ordinary: readonly AddedToken[];
  #finders = new Map<readonly AddedToken[], [raw: FindAdded, normalized: FindAdded]>();
  #fingerprint: string | undefined;

  constructor(name: string, pipeline: Pipeline) {
    const { model, added, isByteLevel, config, endOfText, endsWords, around } = pipeline;
    for (const [token, id] of model.idOf) this.#tokens[id] = token;
    for (const { content, id } of added) this.#tokens[id] = isByteLevel ? binaryOf(content) : content;
    this.name = name;
    this.vocabSize = this.#tokens.length;
    this.endOfText = endOfText;
    this.startOfText = around.before;
    this.config = config;
    this.#pipeline = pipeline;
    this.#ordinary = added.filter(({ special }) => !special);
    this.cuts = endsWords ? this.#cuts() : 'nowhere';
  }

  encode(text: string): Uint32Array {
    return this.#encode(text, this.#ordinary);
  }

  async encodeAll(texts: readonly string[]): Promise<Uint32Array[]> {
    const { model } = this.#pipeline;
    if (model.encodeAll === undefined) return texts.map((text) => this.encode(text));
    const parts = texts.map((text) => this.#sectionsOf(text, this.#ordinary));
    const isText = (part: Section): part is string => typeof part === 'string';
    const ids = (await model.encodeAll(parts.flatMap((sections) => sections.filter(isText)))).values();
    return parts.map((sections) =>
      joined(sections.map((part) => (isText(part) ? ids.next().value! : [part]))),
    );
  }

  encodeWithSpecials(text: string, around = true): Uint32Array {
    const { added, around: both } = this.#pipeline;
    const ids = this.#encode(text, added);
    return around ? Uint32Array.from([...both.before, ...ids, ...both.after]) : ids;
  }

  decode(ids: ArrayLike<number>): string {
    return this.#pipeline.decoder.textOf(Array.from(ids, (id) => this.#tokenOf(id)));
  }

  bytesOf(id: number): Uint8Array {
    return this.#pipeline.decoder.bytesOf(this.#tokenOf(id));
  }

  toJSON(): TokenizerJson {
    return this.#pipeline.json;
  }

  get fingerprint(): string {
    this.#fingerprint ??= fingerprintOf(this.toJSON());
    return this.#fingerprint;
  }

  /** Where words end, and no added token may be cut. */
  #cuts(): Cuts | undefined {
    const { normalize } = this.#pipeline;
    if (this.#ordinary.some((token) => reachesSpace(token, normalize))) return 'nowhere';
    return normalize !== undefined || this.#ordinary.length > 0 ? 'before-space' : undefined;
  }

  #encode(text: string, added: readonly AddedToken[]): Uint32Array {
    const { model } = this.#pipeline;
    const sections = this.#sectionsOf(text, added);
    return joined(
      sections.map((part, i) => (typeof part === 'number' ? [part] : model.encode(part, i === 0))),
    );
  }

  /** The added tokens of a text, and what is between them, normalized. */
  #sectionsOf(text: string, added: readonly AddedToken[]): Section[] {
    const { normalize } = this.#pipeline;
    const [raw, normalized] = this.#findersOf(added);
    return raw(wellFormed(text)).flatMap((section) =>
      typeof section === 'number' ? section : normalized(normalize?.(section) ?? section),
    );
  }

  #findersOf(added: readonly AddedToken[]): [FindAdded, FindAdded] {
    const known = this.#finders.get(added);
    if (known !== undefined) return known;
    const { normalize } = this.#pipeline;
    const isNormalized = ({ normalized }: AddedToken) => normalized && normalize !== undefined;
    const made: [FindAdded, FindAdded] = [
      finderOfAdded(added.filter((token) => !isNormalized(token))),
      finderOfAdded(added.filter(isNormalized), normalize),
    ];
    this.#finders.set(added, made);
    return made;
  }

  /** An id that stands for nothing decodes to nothing: a model may have more of them than its tokenizer. */
  #tokenOf(id: number): string {
    if (!(id >= 0 && id < this.vocabSize))
      throw unexpected(`a token id of ${this.name}`, `a whole number below ${this.vocabSize}`, id);
    return this.#tokens[id] ?? '';
  }
}

function joined(parts: readonly ArrayLike<number>[]): Uint32Array {
  const ids = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    ids.set(part, at);
    at += part.length;
  }
  return ids;
}
