// Which files of a repository a model is made of: its settings, its tokenizer, and the first kind of weights it offers.
import { statSync } from 'node:fs';
import { z } from 'zod';
import { ARCHITECTURES } from '../architectures/list.ts';
import { readJson } from '../base/atomic-files.ts';
import { TsgptError } from '../base/errors.ts';
import type { HubFile, Repository } from './repository.ts';

const INDEX = 'model.safetensors.index.json';
/** The model types, as config.json has them, that can be imported. */
const IMPORTED = ARCHITECTURES.filter(({ imports }) => imports).flatMap(({ disk }) => disk.modelTypes);
/** The forms of weights, the best first. */
export const WEIGHTS: readonly string[] = [
  'model.safetensors',
  INDEX,
  'onnx/model.onnx',
  'onnx/decoder_model.onnx',
  'onnx/decoder_model_merged.onnx',
];
const UNREADABLE = [
  ...['model', 'decoder_model_merged'].flatMap((name) =>
    ['quantized', 'int8', 'uint8', 'q4', 'q4f16', 'bnb4', 'fp16'].map((type) => `onnx/${name}_${type}.onnx`),
  ),
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
];
const MOST_INDEX_BYTES = 2 ** 24;
/** transformers.js looks for no more. */
const MOST_DATA_FILES = 100;

/** File names from outside, which become paths. */
const shardIndex = z.object({ weight_map: z.record(z.string(), z.string().regex(/^[\w.-]+\.safetensors$/)) });

export interface Finder {
  repository: Repository;
  find(file: string): Promise<HubFile | undefined>;
  /** Downloads it if it is not in the cache. */
  fetch(file: HubFile): Promise<void>;
}

/** Those in the cache among them. What says that the weights are there comes last. */
export async function wantedFiles(finder: Finder): Promise<HubFile[]> {
  const { find, repository } = finder;
  const config = await find('config.json');
  if (config === undefined) throw repository.lacks('config.json', ['config.json']);
  const more = [
    await find('generation_config.json'),
    await find('tokenizer_config.json'),
    await find('chat_template.jinja'),
  ];
  return [
    config,
    ...more.filter((file) => file !== undefined),
    ...(await tokenizerFiles(finder)),
    ...(await weightFiles(finder)),
  ];
}

async function tokenizerFiles({ repository, find }: Finder): Promise<HubFile[]> {
  const whole = await find('tokenizer.json');
  if (whole !== undefined) return [whole];
  const vocab = await find('vocab.json');
  const merges = await find('merges.txt');
  if (vocab !== undefined && merges !== undefined) return [vocab, merges];
  const pieces = await find('vocab.txt');
  if (pieces !== undefined) return [pieces];
  throw repository.lacks('tokenizer', ['tokenizer.json', 'vocab.json with merges.txt', 'vocab.txt']);
}

async function weightFiles(finder: Finder): Promise<HubFile[]> {
  const { repository, find } = finder;
  const cached = WEIGHTS.filter(repository.isCached); // better than to download others
  const main = await first([...cached, ...WEIGHTS], find);
  if (main === undefined) throw await withoutWeights(finder);
  if (main.file === INDEX) return shards(main, finder);
  return main.file.endsWith('.onnx') ? [...(await dataFiles(main.file, finder)), main] : [main];
}

async function shards(index: HubFile, { repository, find, fetch }: Finder): Promise<HubFile[]> {
  await fetch(index);
  if (statSync(index.path).size > MOST_INDEX_BYTES)
    throw new TsgptError(`${index.path} is too large for an index`);
  const { weight_map } = await readJson(index.path, shardIndex);
  const files: HubFile[] = [];
  for (const name of new Set(Object.values(weight_map))) {
    const file = await find(name);
    if (file === undefined) throw repository.lacks(`${name}, which ${INDEX} names`, [name]);
    files.push(file);
  }
  return files;
}

/** Tensors beyond the 2 GB that an ONNX file can hold. */
async function dataFiles(main: string, { find }: Finder): Promise<HubFile[]> {
  const files: HubFile[] = [];
  while (files.length < MOST_DATA_FILES) {
    const next = await find(`${main}_data${files.length === 0 ? '' : `_${files.length}`}`);
    if (next === undefined) break;
    files.push(next);
  }
  return files;
}

async function withoutWeights({ repository, find }: Finder): Promise<TsgptError> {
  const other = await first(UNREADABLE, find);
  const hint =
    other === undefined
      ? `is it one of these? ${IMPORTED.join(', ')}: tsgpt imports no others`
      : `it has ${other.file}, but tsgpt looks for neither quantised or half-precision ONNX nor pickled PyTorch weights; take a repository with ` +
        'safetensors or fp32 ONNX, or let Python write one (GPT2LMHeadModel.from_pretrained(…).save_pretrained(folder)) and import the folder';
  return repository.lacks('weights that tsgpt reads', WEIGHTS, hint);
}

async function first(files: readonly string[], find: Finder['find']): Promise<HubFile | undefined> {
  for (const file of files) {
    const found = await find(file);
    if (found !== undefined) return found;
  }
  return undefined;
}
