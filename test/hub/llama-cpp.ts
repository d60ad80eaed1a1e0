// llama.cpp, where tools/llama-cpp.mjs has installed it: what it makes of a GGUF file.
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { ENTRY, IS_INSTALLED } from '../../tools/llama-cpp.mjs';

export const HAS_LLAMA_CPP = IS_INSTALLED;

interface Evaluated {
  next: { token?: number; probabilities?: Map<number, number> };
}
interface Sequence {
  evaluate(tokens: number[], options: object): AsyncGenerator<number>;
  controlledEvaluate(input: [number, object][]): Promise<(Evaluated | undefined)[]>;
}
interface Context {
  getSequence(): Sequence;
  dispose(): Promise<void>;
}
export interface LlamaModel {
  tokenize(text: string, specialTokens?: boolean): number[];
  detokenize(tokens: readonly number[], specialTokens?: boolean): string;
  tokens: { bos: number | null; eos: number | null; shouldPrependBosToken: boolean };
  createContext(options: { contextSize: number }): Promise<Context>;
  dispose(): Promise<void>;
}
interface Llama {
  loadModel(options: { modelPath: string; gpuLayers: number; useMmap: boolean }): Promise<LlamaModel>;
}

const moduleSchema = z.object({
  getLlama: z.custom<(options: object) => Promise<Llama>>((value) => typeof value === 'function'),
  readGgufFileInfo: z.custom<(path: string) => Promise<GgufFileInfo>>((value) => typeof value === 'function'),
});
export interface GgufFileInfo {
  metadata: { general: Record<string, unknown>; tokenizer: { ggml: Record<string, unknown> } };
  fullTensorInfo: { name: string; dimensions: (number | bigint)[]; ggmlType: number }[];
}

async function load() {
  return moduleSchema.parse(await import(pathToFileURL(ENTRY).href));
}

let llama: Promise<Llama> | undefined;

export async function openLlama(modelPath: string): Promise<LlamaModel> {
  llama ??= load().then(({ getLlama }) =>
    getLlama({ build: 'never', gpu: false, logLevel: 'error', maxThreads: 2 }),
  );
  return (await llama).loadModel({ modelPath, gpuLayers: 0, useMmap: false });
}

/** Its own reader's. */
export async function readInfo(path: string): Promise<GgufFileInfo> {
  return (await load()).readGgufFileInfo(path);
}

/** The tokens that follow, the most probable each. */
export async function greedy(model: LlamaModel, prompt: readonly number[], count: number): Promise<number[]> {
  const context = await model.createContext({ contextSize: prompt.length + count + 1 });
  const tokens: number[] = [];
  for await (const token of context.getSequence().evaluate([...prompt], { temperature: 0 })) {
    tokens.push(token);
    if (tokens.length === count) break;
  }
  await context.dispose();
  return tokens;
}

/** −ln of the probability of each token but the first, given those before. */
export async function nats(model: LlamaModel, tokens: readonly number[]): Promise<number[]> {
  const context = await model.createContext({ contextSize: tokens.length + 1 });
  const asked = {
    generateNext: { probabilities: true, options: { temperature: 1, topK: 0, topP: 1, minP: 0 } },
  };
  const results = await context
    .getSequence()
    .controlledEvaluate(tokens.slice(0, -1).map((token) => [token, asked]));
  await context.dispose();
  return results.map((result, i) => -Math.log(result!.next.probabilities!.get(tokens[i + 1]!)!));
}
