// The folder that an export becomes: which one may be replaced, and what is in it.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readJson } from '../base/atomic-files.ts';
import { systemCode, UsageError } from '../base/errors.ts';
import { readable } from '../base/system-error.ts';
import { VERSION } from '../base/version.ts';
import { FILES } from '../checkpoint/checkpoint.ts';

export const ONNX_FOLDER = 'onnx';

/** In config.json: tells an export from a folder that someone else made. */
export const MARK = { tsgpt_version: VERSION };
const markSchema = z.looseObject({ tsgpt_version: z.string() });

const OURS: readonly string[] = [
  FILES.config,
  FILES.generation,
  FILES.parameters,
  'tokenizer.json',
  'tokenizer_config.json',
  'source_tokenizer.json',
  'chat_template.jinja',
];
const GGUF = /^model(-\w+)?\.gguf$/;
const OURS_IN_ONNX = /^\w+\.onnx(_data)?$/;

/** Refuses a folder that holds anything but an earlier export: all in it would be lost. */
export async function checkTarget(folder: string): Promise<void> {
  const names = await namesIn(folder);
  if (names.length === 0) return;
  const strangers = names.filter((name) => !OURS.includes(name) && name !== ONNX_FOLDER && !GGUF.test(name));
  if (names.includes(ONNX_FOLDER)) {
    const inner = await namesIn(join(folder, ONNX_FOLDER));
    strangers.push(...inner.filter((name) => !OURS_IN_ONNX.test(name)));
  }
  if (strangers.length === 0 && (await isMarked(folder))) return;
  const what = strangers.length === 0 ? '' : `: it holds ${strangers[0]}`;
  throw new UsageError(`${folder} exists, and is not an earlier export${what}`, 'choose another --out');
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw readable(error, `reading ${folder}`);
  });
}

function isMarked(folder: string): Promise<boolean> {
  return readJson(join(folder, FILES.config), markSchema).then(
    () => true,
    () => false,
  );
}

/** Every file with its size, by path within the folder. */
export async function listFiles(folder: string): Promise<{ path: string; bytes: number }[]> {
  const files: { path: string; bytes: number }[] = [];
  for (const path of (await readdir(folder, { recursive: true })).sort()) {
    const about = await stat(join(folder, path));
    if (about.isFile()) files.push({ path: path.replaceAll('\\', '/'), bytes: about.size });
  }
  return files;
}
