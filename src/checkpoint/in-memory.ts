// A checkpoint as files in memory, where there is no disk: the same files that save.ts writes and load.ts reads.

import { formatConfig, formatGeneration, parseConfig } from '../architectures/config-file.ts';
import { architectureOf } from '../architectures/list.ts';
import type { Digest } from '../base/atomic-files.ts';
import { TsgptError } from '../base/errors.ts';
import { parseJson, prettyJson } from '../base/json.ts';
import type { FloatTensor } from '../base/safetensors-file.ts';
import { formatSafetensors, readSafetensors } from '../base/safetensors-memory.ts';
import { sha256 } from '../base/sha256.ts';
import { CONFIG, readTokenizer, TOKENIZER, tokenizerFiles } from '../tokenizers/files.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { ADAPTER_FILES, ADAPTER_NAMES, adapterConfigSchema, madeElsewhere, merged } from './adapter.ts';
import { DamagedCheckpoint, FILES, type State, type Tensors, type Weights } from './checkpoint.ts';
import { checkDigest, formatSeal, parseSeal, type Seal, sealedWeights } from './seal.ts';

export interface PackedContents extends Omit<Weights, 'optimizer'> {
  readonly tokenizer: Tokenizer;
  readonly state: State;
}

export interface UnpackedCheckpoint extends Omit<Weights, 'optimizer'> {
  readonly tokenizer: Tokenizer;
  /** Absent in a folder made elsewhere. */
  readonly state: State | undefined;
}

/** By name; read when their turn comes, if it does. */
export type FolderInMemory = ReadonlyMap<string, () => Promise<Uint8Array>>;

/** The files of its folder, by name: what goes on with training from them begins with a new optimizer. */
export function packCheckpoint(contents: PackedContents): Map<string, Uint8Array<ArrayBuffer>> {
  const { model, parameters, tokenizer, state } = contents;
  const { toDisk } = architectureOf(model).disk;
  const tensors = Array.from(parameters, ([name, tensor]) => ({ ...tensor, name: toDisk(name) }));
  const texts = {
    [FILES.config]: prettyJson(formatConfig(model, tokenizer.endOfText)),
    [FILES.generation]: prettyJson(formatGeneration(tokenizer.endOfText)),
    ...tokenizerFiles(tokenizer),
  };
  const files = new Map([[FILES.parameters as string, formatSafetensors(tensors, { format: 'pt' })]]);
  for (const [name, text] of Object.entries(texts)) files.set(name, encoded(text));
  const digests = Object.fromEntries([...files].map(([name, bytes]) => [name, digestOf(bytes)]));
  return files.set(FILES.state, encoded(formatSeal({ state, files: digests })));
}

/** `where` is what errors call the folder. An adapter's base is one of those `beside` it, by whatever names. */
export async function unpackCheckpoint(
  folder: FolderInMemory,
  where: string,
  beside: ReadonlyMap<string, FolderInMemory> = new Map(),
): Promise<UnpackedCheckpoint> {
  const opened = await openFolder(folder, where);
  const weights = await weightsOf(opened, beside);
  const config = folder.has(CONFIG) ? decoded(await readChecked(opened, CONFIG)) : undefined;
  const tokenizer = readTokenizer(decoded(await readChecked(opened, TOKENIZER)), config, where);
  return { ...weights, tokenizer, state: opened.seal?.state };
}

interface OpenedFolder {
  readonly folder: FolderInMemory;
  readonly where: string;
  readonly seal: Seal | undefined;
}

async function openFolder(folder: FolderInMemory, where: string): Promise<OpenedFolder> {
  const sealText = await folder.get(FILES.state)?.();
  if (sealText === undefined && folder.has(FILES.optimizer))
    throw new DamagedCheckpoint(where, `${FILES.state} is missing`);
  return { folder, where, seal: sealText && parseSeal(decoded(sealText), where) };
}

async function weightsOf(
  opened: OpenedFolder,
  beside: ReadonlyMap<string, FolderInMemory>,
): Promise<Omit<Weights, 'optimizer'>> {
  const { folder, where, seal } = opened;
  if (seal ? ADAPTER_FILES.config in seal.files : folder.has(ADAPTER_FILES.config))
    return adaptedWeights(opened, beside);
  const model = parseConfig(decoded(await readChecked(opened, FILES.config)), `${where}/${FILES.config}`);
  const parameters = await readTensors(opened, FILES.parameters, architectureOf(model).disk.fromDisk);
  return { model, parameters };
}

async function adaptedWeights(
  opened: OpenedFolder,
  beside: ReadonlyMap<string, FolderInMemory>,
): Promise<Omit<Weights, 'optimizer'>> {
  const { folder, where, seal } = opened;
  if (seal?.base === undefined) throw madeElsewhere(where);
  const text = decoded(await readChecked(opened, ADAPTER_FILES.config));
  const config = parseJson(text, adapterConfigSchema, `${where}/${ADAPTER_FILES.config}`);
  const others = new Map([...beside].filter(([, other]) => other !== folder));
  const base = await findBase(others, seal.base.sha256);
  if (base === undefined) {
    throw new TsgptError(
      `${where} is an adapter of another checkpoint’s weights, and those were not given with it`,
      `give both folders at once: this one, and the one it was trained from, ${config.base_model_name_or_path}`,
    );
  }
  const { model, parameters } = await weightsOf(base, others);
  const tensors = await readTensors(opened, ADAPTER_FILES.parameters, ADAPTER_NAMES.fromDisk);
  const { r: rank, lora_alpha: alpha } = config;
  const adapter = { tensors, rank, alpha, base: { folder: base.where, sha256: seal.base.sha256 } };
  return { model, parameters: merged(parameters, adapter, where) };
}

/** The one that holds these weights; folders that are not whole are passed over. */
async function findBase(
  folders: ReadonlyMap<string, FolderInMemory>,
  sha256: string,
): Promise<OpenedFolder | undefined> {
  for (const [where, folder] of folders) {
    const opened = await openFolder(folder, where).catch(() => undefined);
    if (opened && (await digestOfWeights(opened)) === sha256) return opened;
  }
  return undefined;
}

async function digestOfWeights({ folder, seal }: OpenedFolder): Promise<string | undefined> {
  if (seal !== undefined) return sealedWeights(seal);
  const bytes = await folder.get(FILES.parameters)?.();
  return bytes && sha256(bytes);
}

async function readChecked({ folder, where, seal }: OpenedFolder, name: string): Promise<Uint8Array> {
  const bytes = await folder.get(name)?.();
  if (seal !== undefined) checkDigest(bytes && digestOf(bytes), name, seal, where);
  if (bytes !== undefined) return bytes;
  throw new TsgptError(
    `${where} is not a whole checkpoint: it has no ${name}`,
    `a checkpoint is a folder with ${FILES.config}, ${FILES.parameters} and ${TOKENIZER}, such as a run’s step-000500`,
  );
}

async function readTensors(
  opened: OpenedFolder,
  name: string,
  rename: (name: string) => string | undefined,
): Promise<Tensors> {
  const file = `${opened.where}/${name}`;
  const stored = readSafetensors(await readChecked(opened, name), file);
  const tensors = new Map<string, FloatTensor>();
  for (const [storedName, { shape }] of stored.tensors) {
    const name = rename(storedName);
    if (name === undefined) continue;
    if (tensors.has(name)) throw new TsgptError(`${file} has two tensors for ${name}`);
    tensors.set(name, { shape, data: stored.read(storedName) });
  }
  return tensors;
}

function digestOf(bytes: Uint8Array): Digest {
  return { size: bytes.length, sha256: sha256(bytes) };
}

function encoded(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function decoded(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
