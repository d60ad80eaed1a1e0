// state.json: the trainer's state, and the size and SHA-256 of every other file, itself included.
// With it a reader sees whether any file has changed since the folder was written.
import { z } from 'zod';
import { messageOf, TsgptError } from '../base/errors.ts';
import { parseJson, prettyJson } from '../base/json.ts';
import { type Digest, sha256 } from '../base/sha256.ts';
import { ADAPTER_FILES } from './adapter.ts';
import { DamagedCheckpoint, FILES, type State } from './checkpoint.ts';

const FORMAT = 1;

export type Digests = Readonly<Record<string, Digest>>;

/** The base of an adapter. */
export interface SealedBase {
  /** The path from the adapter's folder to the base's. */
  readonly path: string;
  /** SHA-256 of the file with the base's weights. */
  readonly sha256: string;
}

export interface Seal {
  readonly state: State;
  readonly files: Digests;
  /** Only an adapter has one. */
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
  return prettyJson({ ...content, sha256: digestJson(content) });
}

/** `folder` is only named in errors, here and below. */
export function parseSeal(text: string, folder: string): Seal {
  const file = `${folder}/${FILES.state}`;
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

/** Returns the SHA-256 of the file that holds the checkpoint's weights. */
export function sealedWeights({ files }: Seal): string | undefined {
  return (files[FILES.parameters] ?? files[ADAPTER_FILES.parameters])?.sha256;
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
  return sha256(JSON.stringify(content));
}

/** Refuses a file that is not the one that was saved; `found` is undefined where the file is missing. */
export function checkDigest(found: Digest | undefined, name: string, { files }: Seal, folder: string): void {
  const wanted = files[name];
  if (wanted === undefined) throw new DamagedCheckpoint(folder, `${FILES.state} does not know ${name}`);
  if (found === undefined) throw new DamagedCheckpoint(folder, `${name} is missing`);
  if (found.size !== wanted.size) {
    throw new DamagedCheckpoint(folder, `${name} should have ${wanted.size} bytes, but has ${found.size}`);
  }
  if (found.sha256 !== wanted.sha256) {
    throw new DamagedCheckpoint(folder, `${name} has changed since it was saved (checksum mismatch)`);
  }
}
