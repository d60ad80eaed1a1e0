// A checkpoint as files in memory, where there is no disk: the same files that save.ts writes and load.ts reads.
import { TsgptError } from '../base/errors.ts';
import type { Digest } from '../base/files.ts';
import { prettyJson } from '../base/json.ts';
import type { FloatTensor } from '../base/safetensors-file.ts';
import { formatSafetensors, readSafetensors } from '../base/safetensors-memory.ts';
import { sha256 } from '../base/sha256.ts';
import { CONFIG, readTokenizer, TOKENIZER, tokenizerFiles } from '../tokenizers/files.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { DamagedCheckpoint, FILES, type State, type Tensors, type Weights } from './checkpoint.ts';
import { formatConfig, formatGeneration, parseConfig } from './config-file.ts';
import { namesOnDisk } from './names.ts';
import { checkDigest, formatSeal, parseSeal, type Seal } from './seal.ts';

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
  const { toDisk } = namesOnDisk(model.arch);
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

/** `where` is what errors call the folder. */
export async function unpackCheckpoint(folder: FolderInMemory, where: string): Promise<UnpackedCheckpoint> {
  const sealText = await folder.get(FILES.state)?.();
  if (sealText === undefined && folder.has(FILES.optimizer))
    throw new DamagedCheckpoint(where, `${FILES.state} is missing`);
  const seal = sealText && parseSeal(decoded(sealText), where);
  const read = (name: string) => readChecked(folder, name, seal, where);
  const model = parseConfig(decoded(await read(FILES.config)), `${where}/${FILES.config}`);
  const parameters = readTensors(
    await read(FILES.parameters),
    `${where}/${FILES.parameters}`,
    namesOnDisk(model.arch).fromDisk,
  );
  const config = folder.has(CONFIG) ? decoded(await read(CONFIG)) : undefined;
  const tokenizer = readTokenizer(decoded(await read(TOKENIZER)), config, where);
  return { model, parameters, tokenizer, state: seal?.state };
}

async function readChecked(
  folder: FolderInMemory,
  name: string,
  seal: Seal | undefined,
  where: string,
): Promise<Uint8Array> {
  const bytes = await folder.get(name)?.();
  if (seal !== undefined) checkDigest(bytes && digestOf(bytes), name, seal, where);
  if (bytes !== undefined) return bytes;
  throw new TsgptError(
    `${where} is not a whole checkpoint: it has no ${name}`,
    `a checkpoint is a folder with ${FILES.config}, ${FILES.parameters} and ${TOKENIZER}, such as a run’s step-000500`,
  );
}

function readTensors(bytes: Uint8Array, file: string, rename: (name: string) => string | undefined): Tensors {
  const stored = readSafetensors(bytes, file);
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
