// GGUF files: llama.cpp encodes, computes and writes as we do; a tokenizer that they cannot say is refused.
import { join } from 'node:path';
import { exportModel, openDataset, openModel, prepareData, startRun } from 'tsgpt';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../src/architectures/config.ts';
import type { LlamaConfig } from '../../src/architectures/llama/config.ts';
import { startBackend } from '../../src/backends/index.ts';
import { saveCheckpoint } from '../../src/checkpoint/on-disk.ts';
import { GGUF_DTYPES } from '../../src/formats/gguf/dtypes.ts';
import { tensorsOf } from '../../src/run/weights.ts';
import { collectSamples, generate } from '../../src/sampling/generate.ts';
import { storySource } from '../../src/text/stories/index.ts';
import { byteTokenizer } from '../../src/tokenizers/byte-pair.ts';
import { learnCharacters } from '../../src/tokenizers/char.ts';
import { fromJson } from '../../src/tokenizers/from-json.ts';
import { learnBpe } from '../../src/tokenizers/learn.ts';
import { CL100K_PATTERN, GPT2_PATTERN, O200K_PATTERN } from '../../src/tokenizers/patterns.ts';
import type { Tokenizer } from '../../src/tokenizers/tokenizer.ts';
import { WordTokenizer } from '../../src/tokenizers/word.ts';
import { goldenTokenizer } from '../golden/tokenizers.ts';
import { fullLogits, GEMMA, GEMMA_PARTS, GPT, LLAMA, livelyModel } from '../models/example.ts';
import { FASTEST } from '../on-backends.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { sourceOf, WELL_FORMED } from '../tokenizers/texts.ts';
import { TOLERANCE } from '../tolerances.ts';
import { saveExample } from './example.ts';
import { greedy, HAS_LLAMA_CPP, nats, openLlama, readInfo } from './llama-cpp.ts';

const folder = temporaryFolder();
beforeAll(async () => {
  await startBackend(FASTEST.backend, { precision: 'fp32' });
});

if (!HAS_LLAMA_CPP) it.skip('llama.cpp is not installed: node tools/llama-cpp.mjs', () => {});

let saved = 0;
/** Some such model's checkpoint; the model has some more tokens than the tokenizer. */
async function saveModel(config: ModelConfig, tokenizer: Tokenizer): Promise<string> {
  const model = { ...config, vocabSize: tokenizer.vocabSize + 3 };
  const parameters = await tensorsOf(livelyModel(model).parameters);
  const checkpoint = join(folder, `model-${saved++}`);
  await saveCheckpoint(checkpoint, { model, parameters, tokenizer, state: {} });
  return checkpoint;
}

async function exportWith(tokenizer: Tokenizer): Promise<string> {
  const checkpoint = await saveModel({ ...GPT, width: 16 }, tokenizer);
  const out = `${checkpoint}-exported`;
  await exportModel(checkpoint, out, { format: 'gguf' });
  return join(out, 'model.gguf');
}

const learned = await learnBpe(sourceOf([...WELL_FORMED, ...WELL_FORMED]), 420);
const split = (pattern: string) =>
  fromJson(
    JSON.parse(JSON.stringify(learned).replace(JSON.stringify(GPT2_PATTERN), () => JSON.stringify(pattern))),
    'x',
  );
const golden = (shape: string, end: string) =>
  fromJson(goldenTokenizer(shape).tokenizer, shape, { eos_token: end });
const ASCII = WELL_FORMED.map((text) => text.replace(/\P{ASCII}/gu, '')).filter((text) => text !== '');

const TOKENIZERS: Readonly<Record<string, () => Tokenizer | Promise<Tokenizer>>> = {
  'gpt-2': () => learned,
  'llama-bpe': () => golden('llama3', '<|end|>'),
  'llama-bpe, of our own': () => split(CL100K_PATTERN),
  qwen2: () => golden('qwen', '<|im_end|>'),
  smollm: () => golden('smollm', '<|endoftext|>'),
  'llama, with a space before a text': () => golden('llama2', '</s>'),
  'llama, with none': () => golden('gemma', '</s>'),
  'characters without an end of text': () => learnCharacters(sourceOf([ASCII.join('\n')])),
  'characters with one': () => learnCharacters(sourceOf(ASCII)),
};

describe.skipIf(!HAS_LLAMA_CPP).each(Object.entries(TOKENIZERS))(
  'the tokenizer of %s in llama.cpp',
  (name, make) => {
    it('gives the same ids and texts, and ends where ours does', async () => {
      const ours = await make();
      const theirs = await openLlama(await exportWith(ours));
      const texts =
        ours.kind === 'char'
          ? ASCII
          : WELL_FORMED.filter((text) => name !== 'qwen2' || text === text.normalize('NFC'));
      for (const text of texts) {
        const ids = [...ours.encode(text)];
        expect(theirs.tokenize(text)).toEqual(ids);
        expect(theirs.detokenize(ids)).toBe(text);
      }
      expect(theirs.tokens.eos).toBe(ours.endOfText ?? null);
      expect(theirs.tokens.shouldPrependBosToken).toBe((ours.startOfText ?? []).length > 0);
      await theirs.dispose();
    });
  },
);

it.skipIf(!HAS_LLAMA_CPP)('the file says what it is', async () => {
  const { metadata, fullTensorInfo } = await readInfo(await exportWith(learned));
  expect(metadata.general).toMatchObject({ architecture: 'gpt2', file_type: 0, name: expect.any(String) });
  expect(metadata.tokenizer.ggml).toMatchObject({ model: 'gpt2', pre: 'gpt-2', eos_token_id: 419 });
  expect(metadata.tokenizer.ggml.tokens).toHaveLength(423);
  expect((metadata.tokenizer.ggml.token_type as number[]).slice(418)).toEqual([1, 3, 5, 5, 5]);
  const shapes = fullTensorInfo.map(({ name, dimensions }) => `${name} ${dimensions.join()}`);
  expect(shapes).toContain('token_embd.weight 16,423');
  expect(shapes).toContain('blk.1.ffn_up.weight 16,64');
  expect(shapes).toHaveLength(28);
});

const PERPLEXITY = {
  f32: 'ggufFloats',
  f16: 'ggufFloats',
  bf16: 'ggufFloats',
  q8_0: 'ggufQ8',
  q4_0: 'ggufQ4',
} as const;

/** By llama.cpp's name of the architecture: the setting of ours, and what is set. Rotary positions are scaled within the context. */
const TRAINED: Readonly<Record<string, [arch: string, settings: Record<string, unknown>]>> = {
  gpt2: ['gpt', {}],
  llama: ['llama', { kvHeads: 2, headSize: 24, tiedHead: false, ropeScaling: 'llama3:8:1:4:32' }],
  qwen2: ['llama', { kvHeads: 2, qkvBias: true }],
  qwen3: ['llama', { kvHeads: 2, headSize: 32, qkNorm: true }],
  // The sixth of its blocks has another base of rotary positions.
  gemma3: [
    'llama',
    { ...GEMMA_PARTS, layers: 6, kvHeads: 1, headSize: 32, localRope: '10000:6', ropeTheta: 100 },
  ],
};
const data = join(folder, 'data');
beforeAll(async () => {
  const source = storySource({ count: 150, seed: 1 });
  const tokenizer = await learnBpe(source, 400);
  await prepareData({ source, tokenizer, valFraction: 0.1, seed: 1, out: data });
});

describe.skipIf(!HAS_LLAMA_CPP).each(Object.entries(TRAINED))(
  'a trained %s in llama.cpp',
  (name, [arch, settings]) => {
    const run = join(folder, `run-${name}`);
    const out = join(folder, `trained-${name}`);
    /** Of the validation split, and −ln of the probability that our model gives each token but the first. */
    const texts: { tokens: number[]; ours: number[] }[] = [];
    beforeAll(async () => {
      const flags = {
        layers: 2,
        ...settings,
        heads: 4,
        width: 64,
        context: 64,
        batchSize: 8,
        maxSteps: 400,
        warmupSteps: 20,
        learningRate: 3e-3,
      };
      await startRun({ data, out: run, arch, flags });
      await exportModel(run, out, { format: 'gguf', dtypes: GGUF_DTYPES });
      const { model } = await openModel(run);
      const { val, close } = openDataset(data, 'tokens');
      for (let at = 0; at < 512; at += 64) {
        const tokens = [...val.read(at, 64)];
        const [logits] = await fullLogits(model, [tokens]);
        texts.push({ tokens, ours: natsOf(logits!, tokens) });
      }
      close();
    });

    it('is known by that name', async () => {
      const { metadata } = await readInfo(join(out, 'model-f32.gguf'));
      expect(metadata.general.architecture).toBe(name);
    });

    it('writes the same 50 greedy tokens', async () => {
      const { model, tokenizer } = await openModel(run);
      const prompt = [...tokenizer.encode('Once')];
      const [sample] = await collectSamples(
        generate(model, tokenizer, prompt, { temperature: 0, maxTokens: 50 }),
      );
      const theirs = await openLlama(join(out, 'model-f32.gguf'));
      const tokens = await greedy(theirs, prompt, 50);
      expect(tokens).toEqual(sample!.tokens);
      await theirs.dispose();
    });

    it('of ln 400 = 6 nats a token, the validation text has lost what a wrong file could lose again', () => {
      expect(mean(texts.flatMap(({ ours }) => ours))).toBeLessThan(3.5);
    });

    it.each(GGUF_DTYPES)('%s has our perplexity on the validation text', async (dtype) => {
      const theirs = await openLlama(join(out, `model-${dtype}.gguf`));
      const differences: number[] = [];
      for (const { tokens, ours } of texts)
        for (const [i, nat] of (await nats(theirs, tokens)).entries()) differences.push(nat - ours[i]!);
      expect(Math.abs(Math.exp(mean(differences)) - 1)).toBeLessThan(TOLERANCE[PERPLEXITY[dtype]]);
      await theirs.dispose();
    });
  },
);

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function natsOf(logits: readonly (readonly number[])[], tokens: readonly number[]): number[] {
  return tokens.slice(1).map((token, i) => {
    const row = logits[i]!;
    return Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0)) - row[token]!;
  });
}

function normalized(): Tokenizer {
  const { tokenizer } = goldenTokenizer('qwen');
  return fromJson({ ...tokenizer, normalizer: { type: 'Lowercase' } }, 'x', { eos_token: '<|im_end|>' });
}

/** A shape with another model, added tokens or template. */
// biome-ignore lint/suspicious/noExplicitAny: tests change it anywhere
function changed(shape: string, end: string, change: (json: any) => void): Tokenizer {
  const json = structuredClone(goldenTokenizer(shape).tokenizer);
  change(json);
  return fromJson(json, shape, { eos_token: end });
}

const BESIDE = ['lstrip', 'rstrip', 'single_word'].map((flag): [string, () => Tokenizer, string] => [
  `an added token with ${flag}`,
  () => changed('qwen', '<|im_end|>', ({ added_tokens }) => (added_tokens.at(-1)[flag] = true)),
  'its token "</think>" depends on what stands beside it',
]);

describe('a tokenizer that GGUF cannot say is refused:', () => {
  it.each<[string, () => Tokenizer | Promise<Tokenizer>, string]>([
    [
      'words',
      () => new WordTokenizer('words', ['a'], { lowercase: false, split: 'word' }),
      'it does not keep all of a text',
    ],
    [
      'characters of two bytes',
      () => learnCharacters(sourceOf(['né'])),
      'the character "é" is more than one byte',
    ],
    ['a split of characters', () => golden('metaspace', '</s>'), 'does not write or split text as it does'],
    ['text that is normalized', () => normalized(), 'it normalizes text (Lowercase)'],
    [
      'a space that is not always put before',
      () => golden('mistral', '</s>'),
      'does not write or split text as it does',
    ],
    [
      'a split without a name, such as o200k’s, of which gpt-4o is another form',
      () => split(O200K_PATTERN),
      'has no name for the way in which it splits text',
    ],
    ...BESIDE,
    [
      'a word that is to be merged',
      () => changed('llama3', '<|end|>', ({ model }) => (model.ignore_merges = false)),
      'llama.cpp makes a token of the word "unreached"',
    ],
    [
      'a word that is to be a token',
      () =>
        changed('qwen', '<|im_end|>', ({ model }) => {
          model.vocab.unreached = 500;
          model.ignore_merges = true;
        }),
      'llama.cpp merges the word "unreached"',
    ],
    [
      'two tokens before a text',
      () =>
        changed('llama2', '</s>', ({ post_processor }) =>
          post_processor.single.unshift(post_processor.single[0]),
        ),
      'a text begins with 2 tokens, of which llama.cpp writes one',
    ],
    [
      'a zero byte in a token',
      () => changed('qwen', '<|im_end|>', ({ added_tokens }) => (added_tokens.at(-1).content = 'a\0')),
      'llama.cpp ends a token at a zero byte, which "a\\u0000" has',
    ],
    ['no end of a text', () => golden('smollm', 'none'), 'no token of it ends a text'],
  ])('%s', async (_, make, message) => {
    await expect(exportWith(await make())).rejects.toThrow(message);
  });
});

describe('export', () => {
  it('tells what is stored otherwise than asked for', async () => {
    const { checkpoint } = await saveExample(folder, 'gpt', 'byte');
    const { files, notes } = await exportModel(checkpoint, join(folder, 'notes'), {
      format: 'gguf',
      dtypes: ['q8_0'],
    });
    expect(files.map(({ path }) => path)).toEqual(['config.json', 'model.gguf']);
    expect(notes).toEqual([
      'model.gguf: 7 of 28 tensors are f16, as their rows are no multiple of 32 long: token_embd.weight, …',
    ]);
  });

  it('replaces an earlier one, of whatever format', async () => {
    const { checkpoint } = await saveExample(folder, 'gpt', 'byte');
    const again = join(folder, 'again');
    await exportModel(checkpoint, again, { format: 'gguf', dtypes: ['f32', 'f16'] });
    const { files } = await exportModel(checkpoint, again, { format: 'hf' });
    expect(files.map(({ path }) => path)).not.toContain('model-f16.gguf');
    await exportModel(checkpoint, again, { format: 'gguf' });
  });

  it.each(['hf', 'gguf'] as const)(
    'refuses weights that config.json does not describe: %s',
    async (format) => {
      const { tokenizer } = await saveExample(folder, 'gpt', 'byte');
      const parameters = await tensorsOf(livelyModel({ ...GPT, vocabSize: 257 }).parameters);
      const checkpoint = join(folder, `damaged-${format}`);
      const model = { ...GPT, vocabSize: 300 };
      await saveCheckpoint(checkpoint, { model, parameters, tokenizer, state: {} });
      await expect(exportModel(checkpoint, join(folder, 'no'), { format })).rejects.toThrow(
        'expected tensor',
      );
    },
  );

  it.each<[string, Partial<LlamaConfig>]>([
    ['the activation geglu', { activation: 'geglu' }],
    ['the local rotary positions 10:2', GEMMA],
    ['some of Gemma 3’s parts without the others', { ...GEMMA, scaledEmbedding: false }],
    ['some of Gemma 3’s parts without the others', { ...GEMMA, activation: 'swiglu' }],
    ['some of Gemma 3’s parts without the others', { normPlusOne: true }],
    ['Gemma 3’s parts and scaled rotary positions', { ...GEMMA, ropeScaling: 'llama3:8:1:4:32' }],
    ['the activation relu2', { activation: 'relu2' }],
    ['learned positions', { positions: 'learned' }],
    ['LayerNorm', { norm: 'layer' }],
    ['a cap on its logits', { softcap: 15 }],
    ['both norms and biases of queries and keys', { qkNorm: true, qkvBias: true }],
    [
      'norms of queries and keys and scaled rotary positions',
      { qkNorm: true, ropeScaling: 'llama3:8:1:4:32' },
    ],
    [
      'biases of queries and keys and scaled rotary positions',
      { qkvBias: true, ropeScaling: 'llama3:8:1:4:32' },
    ],
    ['biases of queries and keys and a head size of its own', { qkvBias: true }],
  ])('refuses a Llama with %s', async (part, parts) => {
    const config = { ...LLAMA, ...parts };
    const refused = exportModel(await saveModel(config, byteTokenizer()), join(folder, 'no'), {
      format: 'gguf',
    });
    await expect(refused).rejects.toThrow(`llama.cpp knows no model of the kind Llama with ${part}`);
  });

  it('refuses an LSTM, and a dtype of another format', async () => {
    const { checkpoint } = await saveExample(folder, 'lstm', 'byte');
    const refused = exportModel(checkpoint, join(folder, 'no'), { format: 'gguf' });
    await expect(refused).rejects.toThrow('llama.cpp knows no model of the kind LSTM');
    const gpt = await saveExample(folder, 'gpt', 'byte');
    const strange = exportModel(gpt.checkpoint, join(folder, 'no'), { format: 'gguf', dtypes: ['int8'] });
    await expect(strange).rejects.toThrow('as f32, f16, bf16, q8_0, q4_0 only, not as int8');
  });
});
