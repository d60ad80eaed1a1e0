// Tokens a second while a GPT-2 124M (random weights) writes: ours, in fp32 and with weights held in bfloat16, beside
// transformers.js's own onnxruntime on the same weights. Each in a process of its own, in turn: node bench/decoding.mjs [--runs N]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from '../dist/base/median.js';

const TOKENS = 200;
const PROMPT = 'The moon is';
const WRITERS = {
  'native fp32': ours,
  'native --weights bf16': oursBf16,
  'transformers.js fp32': transformers,
};

async function main() {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '3' },
      writer: { type: 'string' },
      folder: { type: 'string' },
    },
  });
  if (values.writer) return console.log(JSON.stringify(await WRITERS[values.writer](values.folder)));
  const folder = mkdtempSync(join(tmpdir(), 'tsgpt-decoding-'));
  try {
    await makeModel(folder);
    const rates = Object.fromEntries(Object.keys(WRITERS).map((name) => [name, []]));
    for (let run = 0; run < Number(values.runs); run++) {
      for (const name of Object.keys(WRITERS)) rates[name].push(1000 / inChild(name, folder));
    }
    for (const [name, all] of Object.entries(rates)) {
      const ratio = median(all) / median(rates['transformers.js fp32']);
      console.log(`${name}: ${median(all).toFixed(1)} tokens/s, ${ratio.toFixed(2)} × transformers.js`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function makeModel(folder) {
  const { createModel, exportModel, startBackend, tokenizerFor } = await import('tsgpt');
  const { saveCheckpoint } = await import('../dist/checkpoint/save.js');
  const { tensorsOf } = await import('../dist/run/weights.js');
  const { BENCHMARKS } = await import('../dist/benchmark/configs.js');
  await startBackend('native', { precision: 'fp32' });
  const model = await createModel({ ...BENCHMARKS.gpt2.model, context: 1024, dropout: 0 }, 1);
  const tokenizer = await tokenizerFor('gpt2');
  const parameters = await tensorsOf(model.parameters);
  await saveCheckpoint(join(folder, 'checkpoint'), { model: model.config, parameters, tokenizer, state: {} });
  await exportModel(join(folder, 'checkpoint'), join(folder, 'onnx'), { format: 'onnx' });
}

function inChild(writer, folder) {
  const words = [fileURLToPath(import.meta.url), '--writer', writer, '--folder', folder];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** Median milliseconds of a token; the first ones are left out. */
function msPerToken(times) {
  const steps = times.slice(1).map((time, i) => time - times[i]);
  return median(steps.slice(10));
}

async function ours(folder, bf16 = false) {
  const { generate, openModel, startBackend } = await import('tsgpt');
  const { holdWeightsAsBf16 } = await import('../dist/backends/index.js');
  await startBackend('native', { precision: 'fp32' });
  const { model, tokenizer } = await openModel(join(folder, 'checkpoint'));
  if (bf16) holdWeightsAsBf16(model.parameters.values());
  const times = [];
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
  const options = { temperature: 0, maxTokens: TOKENS };
  for await (const _ of generate(timed, tokenizer, tokenizer.encode(PROMPT), options));
  return msPerToken(times);
}

function oursBf16(folder) {
  return ours(folder, true);
}

async function transformers(folder) {
  const { env, pipeline, TextStreamer } = await import('@xenova/transformers');
  env.allowRemoteModels = false;
  env.localModelPath = `${folder}/`;
  const write = await pipeline('text-generation', 'onnx', { dtype: 'fp32' });
  const times = [];
  const streamer = new TextStreamer(write.tokenizer, {
    callback_function: () => {},
    token_callback_function: () => times.push(performance.now()),
  });
  const length = { max_new_tokens: TOKENS, min_new_tokens: TOKENS, do_sample: false };
  await write(PROMPT, { ...length, streamer });
  return msPerToken(times);
}

await main();
