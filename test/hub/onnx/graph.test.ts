// The graphs we write, run by onnxruntime, give PyTorch's logits: at once, token by token, and beside padding.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../../src/architectures/config.ts';
import { architectureOf } from '../../../src/architectures/list.ts';
import type { FloatTensor } from '../../../src/base/safetensors-file.ts';
import type { Dtype } from '../../../src/formats/onnx/dtypes.ts';
import { writeContents } from '../../../src/formats/onnx/write-file.ts';
import { modelBytes } from '../../../src/formats/onnx/write-model.ts';
import { ofFourBits } from '../../formats/four-bits.ts';
import { GOLDEN_MODELS, loadGolden } from '../../golden/load.ts';
import { maxRelativeError } from '../../relative-error.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { TOLERANCE } from '../../tolerances.ts';
import { GraphSession } from './session.ts';

type Name = (typeof GOLDEN_MODELS)[number];

const folder = temporaryFolder();

/** The golden model's tensors by the names that they have in a graph. */
function tensorsOf(name: Name) {
  const { config, parameters } = loadGolden(name);
  const { toDisk } = architectureOf(config).disk;
  return new Map(
    Object.entries(parameters).map(([path, { shape, data }]) => [
      toDisk(path),
      { shape, data: Float32Array.from(data) },
    ]),
  );
}

async function graphOf(config: ModelConfig) {
  return (await architectureOf(config).onnx!.load()).graph;
}

let files = 0;
async function sessionOf(
  name: Name,
  dtype: Dtype = 'fp32',
  singleFileBytes?: number,
  tensors: ReadonlyMap<string, FloatTensor> = tensorsOf(name),
): Promise<GraphSession> {
  const { config } = loadGolden(name);
  const file = `${name}-${dtype}-${files++}.onnx`;
  const { model, external } = modelBytes(
    (await graphOf(config))(config, tensors, dtype),
    `${file}_data`,
    singleFileBytes,
  );
  await writeContents(join(folder, file), model);
  if (external.length > 0) await writeContents(join(folder, `${file}_data`), external);
  expect(external.length > 0).toBe(singleFileBytes !== undefined);
  return GraphSession.open(join(folder, file));
}

/** The golden texts, and PyTorch's logits for stretches of them. */
function goldenOf(name: Name) {
  const { config, tokens, logits } = loadGolden(name);
  const [B, T] = tokens.shape as [number, number];
  const V = config.vocabSize;
  const texts = Array.from({ length: B }, (_, b) => tokens.data.slice(b * T, (b + 1) * T));
  const at = (b: number, t: number) => logits.data.slice((b * T + t) * V, (b * T + t + 1) * V);
  return { texts, T, V, at, logits: logits.data };
}

describe.each(GOLDEN_MODELS)('%s', (name) => {
  const { texts, T, at, logits } = goldenOf(name);

  it('whole texts at once', async () => {
    const actual = await (await sessionOf(name)).start(texts);
    expect(actual).toAgree(logits, 'model');
  });

  it.each([[ones(T)], [[3, 1, 1, 4, 2]], [[7, 4]]])('in portions of %j', async (portions) => {
    const session = await sessionOf(name);
    let fed = 0;
    for (const count of portions) {
      const portion = texts.map((text) => text.slice(fed, fed + count));
      const actual = fed === 0 ? await session.start(portion) : await session.feed(portion);
      const expected = texts.flatMap((_, b) => range(fed, fed + count).flatMap((t) => at(b, t)));
      expect(actual, `from token ${fed}`).toAgree(expected, 'model');
      fed += count;
    }
  });

  it('with its tensors in a second file', async () => {
    const actual = await (await sessionOf(name, 'fp32', 5_000)).start(texts);
    expect(actual).toAgree(logits, 'model');
  });

  it('where they start at multiples of a page', async () => {
    const { config } = loadGolden(name);
    const { external } = modelBytes((await graphOf(config))(config, tensorsOf(name), 'fp32'), 'data', 5_000);
    let end = 0;
    const ends = external.map(({ length }) => {
      end += length;
      return end;
    });
    const starts = ends.filter((_, i) => i % 2 === 0); // what fills a gap and a tensor alternate
    expect(starts.length).toBeGreaterThan(4);
    expect(starts.map((start) => start % 4096)).toEqual(starts.map(() => 0));
  });

  it('refuses a checkpoint that misses a tensor, or has one of another shape', async () => {
    const { config } = loadGolden(name);
    const graph = await graphOf(config);
    const tensors = tensorsOf(name);
    const [victim, tensor] = [...tensors].at(-1)!;
    tensors.set(victim, { shape: [3], data: new Float32Array(3) });
    expect(() => graph(config, tensors, 'fp32')).toThrow(
      `expected tensor ${victim} of shape (${tensor.shape}), but got (3)`,
    );
    tensors.delete(victim);
    expect(() => graph(config, tensors, 'fp32')).toThrow(`has no tensor ${victim}`);
  });
});

describe.each(['gpt', 'llama'] as const)('%s', (name) => {
  const { texts, T, V, at, logits } = goldenOf(name);

  it('texts of different lengths, padded on the left, are as they are alone', async () => {
    const session = await sessionOf(name);
    const lengths = [T - 2, 5, 1];
    const padded = texts.map((text, b) => [
      ...Array<number>(T - 2 - lengths[b]!).fill(-1),
      ...text.slice(0, lengths[b]),
    ]);
    let actual = await session.start(padded);
    for (const more of [0, 1, 2]) {
      if (more > 0) actual = await session.feed(texts.map((text, b) => [text[lengths[b]! + more - 1]!]));
      for (const b of texts.keys()) {
        const last = actual.subarray(0, ((b + 1) * actual.length) / texts.length).slice(-V);
        const expected = at(b, lengths[b]! + more - 1);
        expect(last, `text ${b}`).toAgree(expected, 'model');
      }
    }
  });

  it.each([
    ['fp16', TOLERANCE.fp16Export],
    ['int8', TOLERANCE.int8Export],
  ] as const)('%s is close, at once and token by token', async (dtype, tolerance) => {
    const session = await sessionOf(name, dtype);
    const whole = maxRelativeError(await session.start(texts), logits);
    expect(whole).toBeLessThan(tolerance);
    expect(whole).toBeGreaterThan(TOLERANCE.model); // it is not fp32 by another name
    for (const t of range(0, T)) {
      const portion = texts.map((text) => [text[t]!]);
      const actual = t === 0 ? await session.start(portion) : await session.feed(portion);
      const expected = texts.flatMap((_, b) => at(b, t));
      expect(actual, `token ${t}`).toAgree(expected, tolerance);
    }
  });

  it('int4 is what fp32 makes of matrices whose values have four bits', async () => {
    const rounded = new Map(
      [...tensorsOf(name)].map(([path, { shape, data }]) => {
        const isMatrix = shape.length === 2 && !/embed|wte|wpe|lm_head/.test(path);
        return [path, { shape, data: isMatrix ? ofFourBits(data, shape[1]!) : data }];
      }),
    );
    const expected = await (await sessionOf(name, 'fp32', undefined, rounded)).start(texts);
    const actual = await (await sessionOf(name, 'int4')).start(texts);
    expect(actual).toAgree(expected, 'int8Export'); // as its tables have eight
    expect(maxRelativeError(actual, expected)).toBeLessThan(maxRelativeError(actual, logits) / 2);
  });

  it.each([
    ['fp16', 70_000],
    ['fp16', Number.NaN],
    ['int8', Number.POSITIVE_INFINITY],
    ['int4', Number.NEGATIVE_INFINITY],
  ] as const)('%s refuses %d, and names the tensor', async (dtype, value) => {
    const tensors = tensorsOf(name);
    const victim = { gpt: 'transformer.h.1.mlp.c_fc.weight', llama: 'model.layers.1.mlp.up_proj.weight' }[
      name
    ];
    tensors.get(victim)!.data[7] = value;
    const { config } = loadGolden(name);
    const graph = await graphOf(config);
    expect(() => graph(config, tensors, dtype)).toThrow(
      `tensor ${victim} holds ${value}, which ${dtype} cannot`,
    );
  });

  it.each([
    ['fp32', 'float32'],
    ['fp16', 'float16'],
    ['int8', 'float32'],
    ['int4', 'float32'],
  ] as const)('%s has the inputs that transformers.js feeds', async (dtype, cache) => {
    const names = [0, 1].flatMap((layer) =>
      ['key', 'value'].map((kind) => `past_key_values.${layer}.${kind}`),
    );
    const heads = { gpt: [3, 8], llama: [2, 6] }[name];
    expect((await sessionOf(name, dtype)).inputs).toEqual([
      'input_ids int64 [batch_size,sequence_length]',
      'attention_mask int64 [batch_size,past_sequence_length + sequence_length]',
      'position_ids int64 [batch_size,sequence_length]',
      ...names.map((name) => `${name} ${cache} [batch_size,${heads[0]},past_sequence_length,${heads[1]}]`),
    ]);
  });
});

function ones(count: number): number[] {
  return Array<number>(count).fill(1);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
