// A checkpoint's folder on disk against its seal.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { digestFile, readText } from '../base/atomic-files.ts';
import { DamagedCheckpoint, FILES } from './checkpoint.ts';
import { checkDigest, parseSeal, type Seal } from './seal.ts';

/** Nothing where there is no state.json: a plain Hugging Face folder. */
export async function readSeal(folder: string): Promise<Seal | undefined> {
  const file = join(folder, FILES.state);
  if (existsSync(file)) return parseSeal(await readText(file), folder);
  if (existsSync(join(folder, FILES.optimizer)))
    throw new DamagedCheckpoint(folder, `${FILES.state} is missing`);
  return undefined;
}

/** Refuses a file that is not the one that was saved. */
export async function checkFile(folder: string, name: string, seal: Seal): Promise<void> {
  const path = join(folder, name);
  const known = name in seal.files && existsSync(path);
  checkDigest(known ? await digestFile(path) : undefined, name, seal, folder);
}
