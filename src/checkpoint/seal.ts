// state.json: the trainer's state, and the size and SHA-256 of every other file, itself included.
// It tells a folder that is as it was written from one that is not.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf, TsgptError } from '../base/errors.ts';
import { type Digest, digestFile, readText } from '../base/files.ts';
import { parseJson } from '../base/json.ts';
import { DamagedCheckpoint, FILES, type State } from './checkpoint.ts';

const FORMAT = 1;

export type Digests = Readonly<Record<string, Digest>>;

/** Of an adapter: where its base lies, from its folder. */
export interface SealedBase {
  readonly path: string;
  readonly sha256: string;
}

export interface Seal {
  readonly state: State;
  readonly files: Digests;
  readonly base?: SealedBase | undefined;
}

const sealedSchema = z.looseObject({ sha256: z.string() });
const formatSchema = z.looseObject({ format: z.int() });
const sealSchema = z.looseObject({
  state: z.record(z.string(), z.unknown()),
  files: z.record(z.string(), z.strictObject({ size: z.int(), sha256: z.string() })),
  base: z.strictObject({ path: z.string(), sha256: z.string() }).optional(),
});

export function formatSeal(seal: Seal): string {
  const content = { format: FORMAT, ...seal };
  return `${JSON.stringify({ ...content, sha256: digestJson(content) }, null, 2)}\n`;
}

/** Nothing where there is no state.json: a plain Hugging Face folder. */
export async function readSeal(folder: string): Promise<Seal | undefined> {
  const file = join(folder, FILES.state);
  if (!existsSync(file)) {
    const ours = existsSync(join(folder, FILES.optimizer));
    if (ours) throw new DamagedCheckpoint(folder, `${FILES.state} is missing`);
    return undefined;
  }
  const text = await readText(file);
  checkOwnDigest(text, folder);
  const { format } = parseJson(text, formatSchema, file);
  if (format !== FORMAT) {
    throw new TsgptError(
      `${file} has format ${format}, but this version of tsgpt reads ${FORMAT}`,
      'update tsgpt',
    );
  }
  return parseJson(text, sealSchema, file);
}

function checkOwnDigest(text: string, folder: string): void {
  let whole: boolean;
  try {
    const { sha256, ...content } = parseJson(text, sealedSchema, FILES.state);
    whole = sha256 === digestJson(content);
  } catch (error) {
    throw new DamagedCheckpoint(folder, messageOf(error), { cause: error });
  }
  if (!whole) throw new DamagedCheckpoint(folder, `${FILES.state} does not match its own checksum`);
}

function digestJson(content: object): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

/** Refuses a file that is not the one that was saved. */
export async function checkFile(folder: string, name: string, { files }: Seal): Promise<void> {
  const wanted = files[name];
  if (wanted === undefined) throw new DamagedCheckpoint(folder, `${FILES.state} does not know ${name}`);
  const path = join(folder, name);
  if (!existsSync(path)) throw new DamagedCheckpoint(folder, `${name} is missing`);
  const found = await digestFile(path);
  if (found.size !== wanted.size) {
    throw new DamagedCheckpoint(folder, `${name} should have ${wanted.size} bytes, but has ${found.size}`);
  }
  if (found.sha256 !== wanted.sha256) {
    throw new DamagedCheckpoint(folder, `${name} has changed since it was saved (checksum mismatch)`);
  }
}
