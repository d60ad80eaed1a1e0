// Finds a model in a folder or a file that the user names: its weights, and beside them config.json and a tokenizer.
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { systemCode, TsgptError } from '../base/errors.ts';
import { readable } from '../base/system-error.ts';
import { WEIGHTS } from './wanted-files.ts';

export interface FoundModel {
  weights: string;
  /** Its other files may lie in one of these; the likeliest comes first. */
  folders: string[];
}

/** On a disk ONNX files may lie beside the others. */
const NAMES = [...WEIGHTS, ...WEIGHTS.flatMap((name) => (name.startsWith('onnx/') ? [name.slice(5)] : []))];
const OTHER_WEIGHTS = /\.(onnx|safetensors|bin|pt|pth|h5|msgpack|gguf)$/;
const QUANTIZED = /_(quantized|u?int8|bnb4|q\d\w*)\.onnx$/;

export async function findModel(source: string): Promise<FoundModel> {
  const kind = await kindOf(source);
  if (kind === undefined) throw new TsgptError(`there is no file or folder ${source}`);
  if (kind === 'folder') return { weights: await weightsIn(source), folders: [source] };
  if (!/\.(safetensors|onnx)$/.test(source)) {
    throw new TsgptError(
      `${source} is no file of weights that tsgpt can read`,
      'give a .safetensors file, an .onnx file, or the folder of a model',
    );
  }
  const folder = dirname(source);
  const isOnnxFolder = basename(resolve(folder)) === 'onnx';
  return { weights: source, folders: isOnnxFolder ? [folder, join(folder, '..')] : [folder] };
}

/** The first of the folders that has all of these files; nothing where none has. */
export async function folderWith(
  folders: readonly string[],
  names: readonly string[],
): Promise<string | undefined> {
  for (const folder of folders) {
    const kinds = await Promise.all(names.map((name) => kindOf(join(folder, name))));
    if (kinds.every((kind) => kind === 'file')) return folder;
  }
  return undefined;
}

async function weightsIn(folder: string): Promise<string> {
  for (const name of NAMES) if ((await kindOf(join(folder, name))) === 'file') return join(folder, name);
  const others = [
    ...(await list(folder)),
    ...(await list(join(folder, 'onnx'))).map((name) => `onnx/${name}`),
  ];
  throw noWeights(
    folder,
    others.filter((name) => OTHER_WEIGHTS.test(name)),
  );
}

function noWeights(folder: string, others: readonly string[]): TsgptError {
  const looked = `looked for ${NAMES.join(', ')}`;
  const whole = others.find((name) => /\.(onnx|safetensors)$/.test(name) && !QUANTIZED.test(name));
  if (whole !== undefined) {
    return new TsgptError(
      `${folder} has no weights under a name that tsgpt knows (${looked})`,
      `to use ${whole}, name it: tsgpt import ${join(folder, whole)}`,
    );
  }
  if (others.some((name) => QUANTIZED.test(name))) {
    return new TsgptError(
      `${folder} has only quantised weights (${others.join(', ')}): what they were made from cannot be had back`,
      `any of these would do: ${NAMES.join(', ')}`,
    );
  }
  const has = others.length === 0 ? '' : `; what it has, ${others.join(', ')}, is of other kinds`;
  return new TsgptError(`${folder} has no weights that tsgpt can read: ${looked}${has}`);
}

async function list(folder: string): Promise<string[]> {
  return readdir(folder).catch((error) => {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return [];
    throw readable(error, `reading ${folder}`);
  });
}

async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined;
    throw readable(error, `reading ${path}`);
  }
}
