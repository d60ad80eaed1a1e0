// The tiny GPT-2 that PyTorch made (test/golden/make_gpt2.py), copied to where a test wants it.
import { cp, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';

export interface GoldenPrompt {
  text: string;
  ids: number[];
  /** (T, V), computed in float64. */
  logits: number[][];
}

export function golden(path: string): string {
  return fileURLToPath(new URL(`../golden/${path}`, import.meta.url));
}

export const TINY = golden('gpt2-tiny');

export async function goldenPrompts(): Promise<GoldenPrompt[]> {
  return JSON.parse(await readFile(join(TINY, 'logits.json'), 'utf8')) as GoldenPrompt[];
}

/** `files`: where each goes in `folder` → where it is in gpt2-tiny. Its config.json and tokenizer.json go with them. */
export async function copyTiny(folder: string, files: Record<string, string>): Promise<void> {
  const all = { 'config.json': 'config.json', 'tokenizer.json': 'tokenizer.json', ...files };
  for (const [to, from] of Object.entries(all)) {
    await mkdir(dirname(join(folder, to)), { recursive: true });
    await cp(join(TINY, from), join(folder, to));
  }
}

/** onnxruntime’s logits of one text, (T, V) row by row. */
export async function runOnnx(path: string, ids: number[]): Promise<Float32Array> {
  const session = await InferenceSession.create(path, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  try {
    const feeds: Record<string, Tensor> = {
      input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]),
    };
    if (session.inputNames.includes('use_cache_branch')) {
      feeds.use_cache_branch = new Tensor('bool', Uint8Array.of(0), [1]);
    }
    const { logits } = await session.run(feeds);
    return Float32Array.from(logits!.data as Float32Array);
  } finally {
    await session.release();
  }
}
