// Tokens a second while a GPT-2 124M (random weights) writes: ours, in fp32 and with weights held in bfloat16, beside
// transformers.js's own onnxruntime on the same weights. Each runs in a process of its own, in turn:
// node bench/decoding.mjs [--runs N] [--tokens N]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from '#dist/base/median.js';
import { told, whole } from './side-by-side.mjs';

const PROMPT = 'The moon is';
/** How each writes so many tokens: its median milliseconds a token. @type {Record<string, (folder: string, tokens: number) => Promise<number>>} */
const WRITERS = {
  'native fp32': ours,
  'native --weights bf16': oursBf16,
  'transformers.js fp32': transformers,
};

async function main() {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '3' },
      tokens: { type: 'string', default: '200' },
      writer: { type: 'string' },
      folder: { type: 'string' },
    },
  });
  const tokens = whole('tokens', values.tokens);
  const write = WRITERS[values.writer ?? ''];
  if (write && values.folder) return console.log(JSON.stringify(await write(values.folder, tokens)));
  const runs = whole('runs', values.runs);
  const folder = mkdtempSync(join(tmpdir(), 'tsgpt-decoding-'));
  try {
    await makeModel(folder);
    const rates = new Map(Object.keys(WRITERS).map((name) => [name, /** @type {number[]} */ ([])]));
    for (let run = 0; run < runs; run++) {
      for (const [name, all] of rates) all.push(1000 / inChild(name, folder, tokens));
    }
    const peer = median(rates.get('transformers.js fp32') ?? []);
    for (const [name, all] of rates) {
      const ratio = median(all) / peer;
      console.log(`${name}: ${median(all).toFixed(1)} tokens/s, ${ratio.toFixed(2)} × transformers.js`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param {string} folder */
async function makeModel(folder) {
  const { startBackend } = await import('#dist/backends/index.js');
  const { createModel } = await import('#dist/architectures/create.js');
  const { exportModel } = await import('#dist/hub/export.js');
  const { saveCheckpoint } = await import('#dist/checkpoint/on-disk.js');
  const { tensorsOf } = await import('#dist/run/weights.js');
  const { tiktokenEncoding } = await import('#dist/tokenizers/encodings.js');
  const { benchmarkNamed } = await import('#dist/benchmark/configs.js');
  await startBackend('native', { precision: 'fp32' });
  const model = await createModel({ ...benchmarkNamed('gpt2').model, context: 1024, dropout: 0 }, 1);
  const tokenizer = await tiktokenEncoding('gpt2');
  const parameters = await tensorsOf(model.parameters);
  await saveCheckpoint(join(folder, 'checkpoint'), { model: model.config, parameters, tokenizer, state: {} });
  await exportModel(join(folder, 'checkpoint'), join(folder, 'onnx'), { format: 'onnx' });
}

/**
 * @param {string} writer
 * @param {string} folder
 * @param {number} tokens
 */
function inChild(writer, folder, tokens) {
  const flags = ['--writer', writer, '--folder', folder, '--tokens', String(tokens)];
  const words = [fileURLToPath(import.meta.url), ...flags];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/**
 * Median milliseconds of a token; the first ten are left out.
 *
 * @param {readonly number[]} times
 */
function msPerToken(times) {
  const steps = times.slice(1).map((time, i) => time - (times[i] ?? time));
  return median(steps.slice(10));
}

/**
 * @param {string} folder
 * @param {number} maxTokens
 */
async function ours(folder, maxTokens, bf16 = false) {
  const { holdWeightsAsBf16, startBackend } = await import('#dist/backends/index.js');
  const { openModel } = await import('#dist/run/open.js');
  const { generate } = await import('#dist/sampling/generate.js');
  await startBackend('native', { precision: 'fp32' });
  const { model, tokenizer } = await openModel(join(folder, 'checkpoint'));
  if (bf16) holdWeightsAsBf16(model.parameters.values());
  /** @type {number[]} */
  const times = [];
  /** @type {Parameters<typeof generate>[0]} */
  const timed = {
    config: model.config,
    startDecoding() {
      const decoding = model.startDecoding();
      const feed = decoding.feed.bind(decoding);
      decoding.feed = (portions) => {
        times.push(performance.now());
        return feed(portions);
      };
      return decoding;
    },
  };
  const options = { temperature: 0, maxTokens };
  for await (const _ of generate(timed, tokenizer, tokenizer.encode(PROMPT), options));
  return msPerToken(times);
}

/**
 * @param {string} folder
 * @param {number} tokens
 */
function oursBf16(folder, tokens) {
  return ours(folder, tokens, true);
}

/**
 * @param {string} folder
 * @param {number} tokens
 */
async function transformers(folder, tokens) {
  const { env, pipeline, TextStreamer } = await import('@xenova/transformers');
  env.allowRemoteModels = false;
  env.localModelPath = `${folder}/`;
  const write = await pipeline('text-generation', 'onnx', { dtype: 'fp32' });
  /** @type {number[]} */
  const times = [];
  const streamer = new TextStreamer(write.tokenizer, {
    callback_function: () => {},
    token_callback_function: () => times.push(performance.now()),
  });
  const length = { max_new_tokens: tokens, min_new_tokens: tokens, do_sample: false };
  await write(PROMPT, { ...length, streamer });
  return msPerToken(times);
}

await told(main);
