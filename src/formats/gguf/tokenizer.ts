// A tokenizer as a GGUF file's metadata. One that llama.cpp would not encode with as we do is refused, with the reason.
import { TsgptError } from '../../base/errors.ts';
import { pairOf, quote } from '../../tokenizers/json-parts.ts';
import { CL100K_PATTERN, GPT2_PATTERN, QWEN2_PATTERN, SMOLLM_PATTERN } from '../../tokenizers/patterns.ts';
import { unreachedToken } from '../../tokenizers/pipeline/model.ts';
import { partsOf } from '../../tokenizers/pipeline/parts.ts';
import { splitterFrom } from '../../tokenizers/pipeline/splitters.ts';
import { keepsText, type Tokenizer } from '../../tokenizers/tokenizer.ts';
import { bool, type Metadata, text, u32 } from './metadata.ts';
import { SPACE, scoresOf, spacePrefixOf } from './sentence-piece.ts';
import { type TokenizerParts, tokenizerParts } from './tokenizer-parts.ts';

/** llama.cpp's numbers of what a token is. */
const TYPE = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/** llama.cpp's names of splits. Qwen's normalizes (NFC), which it leaves out as everybody's files do. Its gpt-4o is not o200k's. */
const SPLITS: Readonly<Record<string, string>> = {
  [GPT2_PATTERN]: 'gpt-2',
  [CL100K_PATTERN]: 'llama-bpe',
  [QWEN2_PATTERN]: 'qwen2',
  [SMOLLM_PATTERN]: 'smollm',
};

/** Where llama.cpp takes a word that is a token for it before it merges, whatever the file says. */
const IGNORES_MERGES: readonly string[] = ['llama-bpe'];

/** `vocabSize`: how many tokens the model has; it may be more than the tokenizer has. */
export function tokenizerMetadata(tokenizer: Tokenizer, vocabSize: number): Metadata {
  const json = tokenizerParts.parse(tokenizer.toJSON());
  const { endOfText, startOfText = [], chatTemplate } = tokenizer;
  const kind = kindOf(tokenizer, json, vocabSize);
  const [start = endOfText] = startOfText;
  return {
    ...kind.metadata,
    ...vocabularyOf(tokenizer, json, vocabSize, kind.written),
    ...(start !== undefined && { 'tokenizer.ggml.bos_token_id': u32(start) }),
    ...(endOfText !== undefined && { 'tokenizer.ggml.eos_token_id': u32(endOfText) }),
    'tokenizer.ggml.add_bos_token': bool(startOfText.length > 0),
    ...(chatTemplate !== undefined && { 'tokenizer.chat_template': text(chatTemplate) }),
  };
}

interface Kind {
  metadata: Metadata;
  /** How a token of the vocabulary is written. */
  written(token: string): string;
}

function kindOf(tokenizer: Tokenizer, json: TokenizerParts, vocabSize: number): Kind {
  if (tokenizer.kind === 'char')
    return { metadata: { 'tokenizer.ggml.model': text('rwkv') }, written: escaped };
  if (!keepsText(tokenizer)) throw refused(tokenizer, 'it does not keep all of a text');
  if (tokenizer.endOfText === undefined)
    throw refused(tokenizer, 'no token of it ends a text, for which llama.cpp then takes another');
  checkAround(tokenizer, json);
  const { isByteLevel, pattern } = splitterFrom(json.pre_tokenizer);
  const metadata = isByteLevel ? ofBytes(tokenizer, json, pattern) : ofCharacters(tokenizer, json, vocabSize);
  return { metadata, written: (token) => token };
}

/** What llama.cpp does not know of the tokens before a text and in it. */
function checkAround(tokenizer: Tokenizer, { added_tokens }: TokenizerParts): void {
  const before = tokenizer.startOfText?.length ?? 0;
  if (before > 1)
    throw refused(tokenizer, `a text begins with ${before} tokens, of which llama.cpp writes one`);
  const strange = added_tokens.find(
    ({ special, lstrip, rstrip, single_word }) => !special && (lstrip || rstrip || single_word),
  );
  if (strange !== undefined)
    throw refused(tokenizer, `its token ${quote(strange.content)} depends on what stands beside it`);
}

function ofBytes(tokenizer: Tokenizer, json: TokenizerParts, pattern: string | undefined): Metadata {
  const { merges } = json.model;
  const split = merges.length === 0 ? 'gpt-2' : SPLITS[pattern ?? ''];
  if (split === undefined)
    throw refused(tokenizer, 'llama.cpp has no name for the way in which it splits text');
  const normalizers = partsOf(json.normalizer, 'normalizer', 'normalizers').map(({ type }) => type);
  if (normalizers.some((type) => !(split === 'qwen2' && type === 'NFC')))
    throw refused(tokenizer, `it normalizes text (${normalizers.join(', ')})`);
  checkMerging(tokenizer, json, IGNORES_MERGES.includes(split));
  return {
    'tokenizer.ggml.model': text('gpt2'),
    'tokenizer.ggml.pre': text(split),
    'tokenizer.ggml.merges': { type: 'strings', value: merges.map((merge) => pairOf(merge).join(' ')) },
  };
}

function checkMerging(
  tokenizer: Tokenizer,
  { model, added_tokens }: TokenizerParts,
  ignoresMerges: boolean,
): void {
  if (ignoresMerges === (model.ignore_merges ?? false)) return;
  const token = unreachedToken(model, new Set(added_tokens.map(({ content }) => content)));
  if (token === undefined) return;
  const how = ignoresMerges ? 'makes a token of the word' : 'merges the word';
  throw refused(tokenizer, `llama.cpp ${how} ${quote(token)}, to which merges do not lead, and it does not`);
}

function ofCharacters(tokenizer: Tokenizer, json: TokenizerParts, vocabSize: number): Metadata {
  const prefix = spacePrefixOf(json);
  if (prefix === undefined) throw refused(tokenizer, 'llama.cpp does not write or split text as it does');
  const scores = scoresOf(json, vocabSize);
  if (scores === undefined) throw refused(tokenizer, 'its merges are not in an order that scores could give');
  const unknown = json.model.vocab[json.model.unk_token ?? ''];
  return {
    'tokenizer.ggml.model': text('llama'),
    ...(unknown !== undefined && { 'tokenizer.ggml.unknown_token_id': u32(unknown) }),
    'tokenizer.ggml.scores': { type: 'f32s', value: scores },
    'tokenizer.ggml.add_space_prefix': bool(prefix),
  };
}

function vocabularyOf(
  tokenizer: Tokenizer,
  { model, added_tokens }: TokenizerParts,
  vocabSize: number,
  written: Kind['written'],
): Metadata {
  const tokens = Array.from({ length: vocabSize }, (_, id) => `[PAD${id}]`);
  const types: number[] = new Array(vocabSize).fill(TYPE.unused);
  const isMerged = (content: string) => content.includes(SPACE) && Object.hasOwn(model.vocab, content);
  const added = added_tokens.filter(({ content, special }) => special || !isMerged(content));
  const addedIds = new Set(added.map(({ id }) => id));
  for (const [token, id] of Object.entries(model.vocab)) {
    if (addedIds.has(id)) continue;
    tokens[id] = written(token);
    types[id] = /^<0x[\dA-F]{2}>$/.test(token) ? TYPE.byte : TYPE.normal;
  }
  for (const { id, content, special } of added) {
    tokens[id] = content;
    types[id] = content === model.unk_token ? TYPE.unknown : special ? TYPE.control : TYPE.userDefined;
  }
  const cut = tokens.find((token) => token.includes('\0'));
  if (cut !== undefined)
    throw refused(tokenizer, `llama.cpp ends a token at a zero byte, which ${quote(cut)} has`);
  return {
    'tokenizer.ggml.tokens': { type: 'strings', value: tokens },
    'tokenizer.ggml.token_type': { type: 'i32s', value: types },
  };
}

/**
 * RWKV's tokenizer, which looks for the longest token, is the one of llama.cpp's that needs no end of a text. It never ends where
 * a text has a character of several bytes that the vocabulary lacks, so only those of one byte are written.
 */
function escaped(character: string): string {
  const code = character.codePointAt(0)!;
  const isPlain = code >= 0x20 && code < 0x7f && character !== '\\';
  if (code < 0x80) return isPlain ? character : `\\x${code.toString(16).padStart(2, '0')}`;
  throw new TsgptError(
    `GGUF cannot say this tokenizer: the character ${JSON.stringify(character)} is more than one byte`,
    'train with --tokenizer byte or bpe, whose tokens are made of bytes',
  );
}

function refused({ name }: Tokenizer, why: string): TsgptError {
  return new TsgptError(
    `GGUF cannot say the tokenizer ${name}: ${why}`,
    'train with --tokenizer bpe, or export with --format onnx, which any tokenizer goes along with',
  );
}
