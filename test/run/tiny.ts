// Runs small enough for a test: a text, settings, and what two equal runs have in common.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  openModel,
  openText,
  prepareData,
  type RunRequest,
  type RunResult,
  startRun,
  tokenizerFor,
} from 'tsgpt';
import { architectureNamed } from '../../src/architectures/list.ts';
import { writeFileAtomic } from '../../src/base/atomic-files.ts';
import { preparePairs } from '../../src/data/prepare-pairs.ts';
import { type LogEntry, readLog } from '../../src/run/log.ts';
import { type RunRecord, readRecord } from '../../src/run/record.ts';
import type { Engine } from '../../src/run/start.ts';
import { taskOf } from '../../src/tasks/list.ts';
import { tokenizersOfPairs } from '../../src/tokenizers/for-pairs.ts';
import { FASTEST } from '../on-backends.ts';

const WORDS = 'the cat sat on a mat and a dog ran to the sea while we sang an old song of rain'.split(' ');
/** Words in an order that has no short period. */
export const TEXT = Array.from({ length: 900 }, (_, i) => WORDS[(i * i + 3 * (i >> 2)) % WORDS.length]).join(
  ' ',
);

/** Two micro-batches a step; evaluations and checkpoints at different steps. */
export const SETTINGS = {
  layers: 1,
  heads: 2,
  width: 8,
  context: 8,
  dropout: 0.2,
  batchSize: 2,
  totalBatchTokens: 32,
  learningRate: 0.01,
  evalInterval: 3,
  evalTokens: 32,
  checkpointInterval: 2,
  keepLast: 2,
};

/** Without those that the architecture lacks: they would be refused. */
export function settingsFor(arch: string): Record<string, unknown> {
  const { heads, ...common } = SETTINGS;
  const totalBatchTokens = 2 * common.batchSize * taskOf({ arch }).exampleTokens(common.context);
  const settings = { ...common, totalBatchTokens };
  return 'heads' in architectureNamed(arch).settings ? { ...settings, heads } : settings;
}

export type Hooks = NonNullable<Parameters<typeof startRun>[2]>;

/** Its characters as tokens: the first nine tenths to train on, the rest to validate. */
export async function prepareText(folder: string, text = TEXT): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'text.txt');
  await writeFileAtomic(file, text);
  const source = await openText([file]);
  const out = join(folder, 'data');
  await prepareData({
    source,
    tokenizer: await tokenizerFor('char', source),
    out,
    valFraction: 0.1,
    seed: 1,
  });
  return out;
}

/** Words and the same backwards. */
const PAIRS = TEXT.split(' ')
  .slice(0, 120)
  .map((word, i) => word + WORDS[i % 7])
  .map((word) => ({ source: word.slice(0, 7), target: [...word.slice(0, 7)].reverse().join('') }));

/** Its words, each a document. */
async function prepareDocuments(folder: string): Promise<string> {
  const [file, out] = [join(folder, 'words.jsonl'), join(folder, 'documents')];
  if (existsSync(out)) return out;
  await writeFileAtomic(
    file,
    TEXT.split(' ')
      .map((text) => JSON.stringify({ text }))
      .join('\n'),
  );
  const source = await openText([file]);
  await prepareData({
    source,
    tokenizer: await tokenizerFor('char', source),
    out,
    valFraction: 0.1,
    seed: 1,
  });
  return out;
}

/** What models of this architecture learn from: the text, its words, or the pairs. */
export async function prepareFor(arch: string, folder: string): Promise<string> {
  const { name, data } = taskOf({ arch });
  if (name === 'documents') return prepareDocuments(folder);
  if (data === 'tokens') return prepareText(folder);
  const out = join(folder, 'pairs');
  if (existsSync(out)) return out;
  const source = {
    description: 'words',
    pairs: async function* () {
      yield* PAIRS;
    },
  };
  const tokenizers = await tokenizersOfPairs({ tokenizer: 'char' }, source);
  await preparePairs({ source, ...tokenizers, out, valFraction: 0.1, seed: 1 });
  return out;
}

/** `flags` beside SETTINGS for a new run, alone for a resumed one. */
export function run(request: RunRequest, hooks: Hooks = {}, engine: Engine = FASTEST): Promise<RunResult> {
  const flags = request.resume ? request.flags : { ...settingsFor(request.arch ?? 'gpt'), ...request.flags };
  return startRun({ ...request, ...(flags && { flags }) }, engine, hooks);
}

/** Hooks that interrupt the run in its step `step`, as Ctrl-C does. */
export function interruptAt(step: number): Hooks {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onEvent(event) {
      if (event.type === 'step' && event.report.step === step) controller.abort();
    },
  };
}

export interface Course {
  last: string | undefined;
  best: string | undefined;
  weights: string;
  optimizer: string;
  log: object[];
}

/** All that must be the same in two runs that took the same steps: not the clock. */
export async function courseOf(out: string): Promise<Course> {
  const { last, best } = await readRecord(out);
  const isAdapter = existsSync(join(out, last!, 'adapter_config.json'));
  const hash = (file: string) => sha256(readFileSync(join(out, last!, file)));
  return {
    last,
    best,
    weights: hash(isAdapter ? 'adapter_model.safetensors' : 'model.safetensors'),
    optimizer: hash('optimizer.safetensors'),
    log: readLog(out).map(withoutTimes),
  };
}

/** By parameter, as text: equal if and only if every bit is. */
export async function weightsOf(folder: string): Promise<Map<string, string>> {
  const { model } = await openModel(folder);
  const weights = Array.from(
    model.parameters,
    ([name, weight]) => [name, sha256(weight.dataSync())] as const,
  );
  model.dispose();
  return new Map(weights);
}

function sha256(bytes: NodeJS.ArrayBufferView): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function withoutTimes(entry: LogEntry): object {
  if ('valLoss' in entry) return entry;
  const { tokensPerSecond: _, ms: __, ...rest } = entry;
  return rest;
}

export function recordOf(out: string): Promise<RunRecord> {
  return readRecord(out);
}
