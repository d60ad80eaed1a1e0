// Models of masked tokens in others' forms: transformers.js fills masks as we do, onnxruntime gives BertForMaskedLM's logits, and
// folders of BERT and DistilBERT, as they are published, are imported to the same model.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env, pipeline } from '@xenova/transformers';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import type { BertConfig } from '../../src/architectures/bert/config.ts';
import type { MaskedModel } from '../../src/architectures/masked-model.ts';
import { startBackend } from '../../src/backends/index.ts';
import { writeSafetensors } from '../../src/base/safetensors-disk.ts';
import { turned } from '../../src/base/turned.ts';
import { loadCheckpoint, saveCheckpoint } from '../../src/checkpoint/on-disk.ts';
import { exportModel } from '../../src/hub/export.ts';
import { importModel } from '../../src/hub/import.ts';
import { tensorsOf } from '../../src/run/weights.ts';
import { collectSamples } from '../../src/sampling/generate.ts';
import { writeMasked } from '../../src/tasks/masked/write.ts';
import { tokenizerFiles } from '../../src/tokenizers/files.ts';
import type { Tokenizer } from '../../src/tokenizers/tokenizer.ts';
import { learnWords } from '../../src/tokenizers/word.ts';
import { createAnyModel } from '../made-models.ts';
import { enlivened } from '../models/example.ts';
import { FASTEST } from '../on-backends.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { sourceOf } from '../tokenizers/texts.ts';
import { TOKENIZERS } from './example.ts';

const folder = temporaryFolder();
const KINDS: Readonly<Record<string, () => Promise<Tokenizer>>> = {
  bpe: TOKENIZERS.bpe!,
  char: TOKENIZERS.char!,
  word: () => learnWords(sourceOf(['one two three and one two four and four one']), { vocabSize: 9 }),
};

interface Example {
  checkpoint: string;
  model: MaskedModel;
  config: BertConfig;
  tokenizer: Tokenizer;
}

const examples: Record<string, Example> = {};

beforeAll(async () => {
  env.allowRemoteModels = false;
  await startBackend(FASTEST.backend, { precision: 'fp32' });
  for (const [name, make] of Object.entries(KINDS)) {
    const tokenizer = await make();
    const mask = tokenizer.vocabSize;
    const shape = {
      layers: 2,
      heads: 2,
      width: 16,
      context: 48,
      dropout: 0,
      tokenTypes: 2,
      wholeWords: false,
    };
    const config: BertConfig = { arch: 'bert', vocabSize: mask + 1, mask, ...shape };
    const model = enlivened(createAnyModel(config, 7) as MaskedModel);
    const checkpoint = join(folder, name);
    await saveCheckpoint(checkpoint, {
      model: config,
      parameters: await tensorsOf(model.parameters),
      tokenizer,
      state: {},
    });
    examples[name] = { checkpoint, model, config, tokenizer };
  }
});

/** Our probabilities of what belongs in each masked place of a text. */
async function told({ model }: Example, ids: readonly number[]): Promise<number[][]> {
  const places = ids.flatMap((id, place) => (id === model.config.mask ? [place] : []));
  const shares = tf.tidy(() =>
    tf.softmax(
      model.logits({
        ids: tf.tensor2d([...ids], [1, ids.length], 'int32'),
        places: tf.tensor1d(places, 'int32'),
      }),
    ),
  );
  const values = (await shares.array()) as number[][];
  shares.dispose();
  return values;
}

describe.each(Object.keys(KINDS))('a BERT of %s tokens in transformers.js', (name) => {
  it('fills a mask with the same tokens, as likely', async () => {
    const example = examples[name]!;
    const { tokenizer, config } = example;
    const out = join(folder, `onnx-${name}`);
    await exportModel(example.checkpoint, out, { format: 'onnx' });
    const fill = await pipeline('fill-mask', out, { dtype: 'fp32' });
    const answers = (await fill('one [MASK] two', { top_k: 5 })) as {
      token: number;
      score: number;
      sequence: string;
    }[];
    await fill.dispose();
    const ids = [...tokenizer.encode('one'), config.mask, ...tokenizer.encode(' two')];
    // A character's space is a token of its own.
    if (name === 'char') ids.splice(3, 0, tokenizer.encode(' ')[0]!);
    const [shares] = await told(example, ids);
    for (const { token, score } of answers) expect(score).toBeCloseTo(shares![token]!, 4);
    const ranked = shares!.map((share, id) => ({ share, id })).sort((a, b) => b.share - a.share);
    expect(answers.map(({ token }) => token)).toEqual(ranked.slice(0, 5).map(({ id }) => id));
    const [sample] = await collectSamples(
      writeMasked(example.model, tokenizer, 'one [MASK] two', { temperature: 0 }),
    );
    expect(sample!.tokens).toEqual([ranked.find(({ id }) => id !== config.mask)!.id]);
  });
});

it('the ONNX graph gives our logits, beside padding too', async () => {
  const { model, config, checkpoint } = examples.char!;
  const out = join(folder, 'graph');
  await exportModel(checkpoint, out, { format: 'onnx' });
  const session = await InferenceSession.create(join(out, 'onnx/model.onnx'), { intraOpNumThreads: 1 });
  const [B, T] = [2, 7];
  const [ids, lengths] = [Array.from({ length: B * T }, (_, i) => (i * 5) % config.vocabSize), [7, 4]];
  const int64 = (values: number[]) => new Tensor('int64', BigInt64Array.from(values, BigInt), [B, T]);
  const { logits } = await session.run({
    input_ids: int64(ids),
    attention_mask: int64(ids.map((_, i) => (i % T < lengths[Math.floor(i / T)]! ? 1 : 0))),
    token_type_ids: int64(ids.map(() => 0)),
  });
  const places = ids.map((_, i) => i).filter((i) => i % T < lengths[Math.floor(i / T)]!);
  const ours = tf.tidy(() =>
    model.logits({
      ids: tf.tensor2d(ids, [B, T], 'int32'),
      places: tf.tensor1d(places, 'int32'),
      lengths: tf.tensor1d(lengths, 'int32'),
    }),
  );
  const V = config.vocabSize;
  const theirs = places.flatMap((i) => [...(logits!.data as Float32Array).subarray(i * V, (i + 1) * V)]);
  expect(await ours.data()).toAgree(theirs, 'model');
});

describe('an import', () => {
  const same = async (checkpoint: string, name: string) => {
    const [read, wanted] = [checkpoint, examples[name]!.checkpoint].map((path) =>
      loadCheckpoint(path, { optimizer: false }),
    );
    expect((await read!).parameters).toEqual((await wanted!).parameters);
    expect((await (await read!).tokenizer()).fingerprint).toBe(examples[name]!.tokenizer.fingerprint);
    return (await read!).model;
  };

  it('of our Hugging Face folder gives the model and its tokenizer again, bit for bit', async () => {
    const [out, back] = [join(folder, 'hf'), join(folder, 'hf-back')];
    await exportModel(examples.char!.checkpoint, out, { format: 'hf' });
    await importModel(out, back);
    expect(await same(back, 'char')).toEqual(examples.char!.config);
  });

  /** A folder as others publish them: tensors by `rename`, and those that we need not. */
  async function published(
    name: string,
    config: object,
    rename: (name: string) => string | undefined,
    more: readonly string[],
  ): Promise<string> {
    const out = join(folder, name);
    await mkdir(out);
    const { model, tokenizer } = examples.word!;
    const matrices = /(query|key|value|dense)\.weight$/;
    const tensors = [...(await tensorsOf(model.parameters))].flatMap(([own, tensor]) => {
      const stored = rename(own);
      return stored === undefined
        ? []
        : [{ ...(matrices.test(own) ? turned(tensor) : tensor), name: stored }];
    });
    const words = tensors.find(({ name }) => name.endsWith('word_embeddings.weight'))!;
    const others = more.map((name) => ({ ...words, name }));
    await writeSafetensors(join(out, 'model.safetensors'), [...tensors, ...others]);
    await writeFile(join(out, 'config.json'), JSON.stringify(config));
    const files = tokenizerFiles(tokenizer, { mask: model.config.mask });
    for (const file of ['tokenizer.json', 'tokenizer_config.json'])
      await writeFile(join(out, file), files[file]!);
    return out;
  }

  const shape = () => ({ vocab_size: examples.word!.config.vocabSize, max_position_embeddings: 48 });

  it('of a BERT finds the mask by the tokenizer, and old names of norms', async () => {
    const config = {
      model_type: 'bert',
      ...shape(),
      hidden_size: 16,
      num_hidden_layers: 2,
      num_attention_heads: 2,
      intermediate_size: 64,
      hidden_dropout_prob: 0,
      type_vocab_size: 2,
      layer_norm_eps: 1e-12,
    };
    const old = (name: string) =>
      name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta');
    const out = await published('bert-old', config, old, [
      'cls.predictions.decoder.weight',
      'bert.pooler.dense.weight',
      'cls.seq_relationship.weight',
    ]);
    await importModel(out, join(folder, 'bert-old-in'));
    expect(await same(join(folder, 'bert-old-in'), 'word')).toEqual(examples.word!.config);
  });

  const DISTILLED: readonly [ours: string, theirs: string][] = [
    ['bert.embeddings.', 'distilbert.embeddings.'],
    ['bert.encoder.layer.', 'distilbert.transformer.layer.'],
    ['attention.self.query.', 'attention.q_lin.'],
    ['attention.self.key.', 'attention.k_lin.'],
    ['attention.self.value.', 'attention.v_lin.'],
    ['attention.output.dense.', 'attention.out_lin.'],
    ['attention.output.LayerNorm.', 'sa_layer_norm.'],
    ['intermediate.dense.', 'ffn.lin1.'],
    ['output.dense.', 'ffn.lin2.'],
    ['output.LayerNorm.', 'output_layer_norm.'],
    ['cls.predictions.transform.dense.', 'vocab_transform.'],
    ['cls.predictions.transform.LayerNorm.', 'vocab_layer_norm.'],
    ['cls.predictions.bias', 'vocab_projector.bias'],
  ];
  const distilled = {
    model_type: 'distilbert',
    dim: 16,
    n_layers: 2,
    n_heads: 2,
    hidden_dim: 64,
    dropout: 0,
    activation: 'gelu',
  };
  const theirName = (name: string) =>
    name.includes('token_type')
      ? undefined
      : DISTILLED.reduce((named, [ours, theirs]) => named.replace(ours, theirs), name);

  it('of a DistilBERT gives a BERT whose only token type adds nothing', async () => {
    const out = await published('distilbert', { ...distilled, ...shape() }, theirName, [
      'vocab_projector.weight',
    ]);
    const back = join(folder, 'distilbert-in');
    await importModel(out, back);
    const [read, wanted] = await Promise.all(
      [back, examples.word!.checkpoint].map((path) => loadCheckpoint(path, { optimizer: false })),
    );
    const types = 'bert.embeddings.token_type_embeddings.weight';
    expect(read!.parameters.get(types)).toEqual({ shape: [1, 16], data: new Float32Array(16) });
    const rest = (tensors: NonNullable<typeof read>['parameters']) =>
      new Map([...tensors].filter(([name]) => name !== types));
    expect(rest(read!.parameters)).toEqual(rest(wanted!.parameters));
    expect(read!.model).toEqual({ ...examples.word!.config, tokenTypes: 1 });
  });

  it('is refused where a setting is not what our model computes', async () => {
    const out = await published('other', { ...distilled, ...shape(), activation: 'relu' }, theirName, []);
    await expect(importModel(out, join(folder, 'refused'))).rejects.toThrow(
      'says activation "relu", but only "gelu" can be loaded',
    );
    const config = JSON.parse(await readFile(join(out, 'config.json'), 'utf8'));
    await writeFile(
      join(out, 'config.json'),
      JSON.stringify({ ...config, activation: 'gelu', hidden_dim: 32 }),
    );
    await expect(importModel(out, join(folder, 'refused'))).rejects.toThrow(
      'says hidden_dim 32, but only 64 can be loaded',
    );
  });
});
