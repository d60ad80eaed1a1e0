// The safetensors header, read from bytes that may be hostile and written as the reference library writes it:
// u64 length, JSON {name: {dtype, shape, data_offsets}}, then the tensors' bytes without holes. Little-endian.
import { z } from 'zod';
import { TsgptError } from './errors.ts';
import { parseJson } from './json.ts';

export const DTYPE_BYTES = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1 };
export type Dtype = keyof typeof DTYPE_BYTES;

export interface TensorInfo {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Its bytes lie from `start` to `end`, counted from the start of the data. */
  readonly start: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The file begins with the length of the header's JSON, in so many bytes. */
export const LENGTH_BYTES = 8;
/** Room for a hundred thousand tensors. The reference library allows twelve times as much, which takes a minute to read. */
const MAX_HEADER_BYTES = 8 << 20;
const METADATA = '__metadata__';

const whole = z.int().nonnegative();
const entrySchema = z.strictObject({
  dtype: z.enum(Object.keys(DTYPE_BYTES) as Dtype[]),
  shape: z.array(whole),
  data_offsets: z.tuple([whole, whole]),
});
const metadataSchema = z.record(z.string(), z.string());

/** `file` is only named in errors, here and below. */
export function headerLength(firstBytes: Uint8Array, fileSize: number, file: string): number {
  if (firstBytes.length < LENGTH_BYTES) {
    throw damaged(file, `it has ${firstBytes.length} bytes, too few for a header`);
  }
  const view = new DataView(firstBytes.buffer, firstBytes.byteOffset, LENGTH_BYTES);
  const length = Number(view.getBigUint64(0, true));
  const most = Math.min(MAX_HEADER_BYTES, fileSize - LENGTH_BYTES);
  if (length > most)
    throw damaged(file, `its header should have at most ${most} bytes, but claims ${length}`);
  return length;
}

/** `dataBytes`: how many bytes the file has after the header. */
export function parseHeader(json: Uint8Array, dataBytes: number, file: string): SafetensorsHeader {
  const text = decodeUtf8(json, file);
  if (!text.startsWith('{')) throw damaged(file, 'its header is not a JSON object');
  const entries = parseJson(text, z.custom<Record<string, unknown>>(), `the header of ${file}`);
  const tensors = new Map<string, TensorInfo>();
  let metadata: Record<string, string> = {};
  let names = 0;
  for (const [name, entry] of Object.entries(entries)) {
    if (name === METADATA) {
      metadata = check(metadataSchema, entry, METADATA, file);
      names += 1 + Object.keys(metadata).length;
    } else {
      const { dtype, shape, data_offsets } = check(entrySchema, entry, `tensor ${show(name)}`, file);
      tensors.set(name, { dtype, shape, start: data_offsets[0], end: data_offsets[1] });
      names += 1 + Object.keys(entrySchema.shape).length;
    }
  }
  if (countNames(text) !== names) throw damaged(file, 'a name occurs twice in its header');
  checkLayout(tensors, dataBytes, file);
  return { tensors, metadata };
}

/** Each tensor fills its stretch exactly, and the stretches fill the data exactly. */
function checkLayout(tensors: ReadonlyMap<string, TensorInfo>, dataBytes: number, file: string): void {
  const inOrder = [...tensors].sort(([, a], [, b]) => a.start - b.start || a.end - b.end);
  let at = 0;
  for (const [name, { dtype, shape, start, end }] of inOrder) {
    const tensor = `tensor ${show(name)}`;
    const bytes = shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype]);
    if (!Number.isSafeInteger(bytes))
      throw damaged(file, `${tensor} of shape [${shape}] is impossibly large`);
    if (start !== at) throw damaged(file, `${tensor} should start at byte ${at} of the data, not ${start}`);
    if (end - start !== bytes) {
      throw damaged(file, `${tensor} of shape [${shape}] needs ${bytes} bytes, but has ${end - start}`);
    }
    at = end;
  }
  if (at !== dataBytes) throw damaged(file, `its tensors need ${at} bytes of data, but it has ${dataBytes}`);
}

/** Returns the file's first bytes, up to the tensors': these are all F32, without gaps, and start at a multiple of 8. */
export function formatHeader(
  tensors: Iterable<{ readonly name: string; readonly shape: readonly number[] }>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  const entries = new Map<string, unknown>();
  if (metadata !== undefined) entries.set(METADATA, metadata);
  let at = 0;
  for (const { name, shape } of tensors) {
    if (entries.has(name)) throw new TsgptError(`two tensors are named ${show(name)}`);
    const end = shape.reduce((product, size) => product * size, DTYPE_BYTES.F32) + at;
    entries.set(name, { dtype: 'F32', shape, data_offsets: [at, end] });
    at = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const bytes = new Uint8Array(LENGTH_BYTES + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(bytes.length - LENGTH_BYTES), true);
  bytes.set(json, LENGTH_BYTES);
  return bytes;
}

function decodeUtf8(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw damaged(file, 'its header is not UTF-8');
  }
}

function check<S extends z.ZodType>(schema: S, value: unknown, what: string, file: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw damaged(file, `${[what, ...path].join(' ')}: ${message}`);
}

/** Counts the names in a valid JSON text, as JSON.parse silently keeps the last of two equal ones. */
function countNames(json: string): number {
  let count = 0;
  for (let at = json.indexOf('"'); at !== -1; at = json.indexOf('"', at)) {
    at++;
    while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
    at++;
    while (json.charCodeAt(at) <= 0x20) at++;
    if (json[at] === ':') count++;
  }
  return count;
}

function show(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 77)}...` : name);
}

function damaged(file: string, why: string): TsgptError {
  return new TsgptError(`${file} is not a whole safetensors file: ${why}`);
}
