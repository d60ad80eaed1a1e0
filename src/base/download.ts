// Downloads one file to disk: resumed after a broken connection, checked, and under its name only when it is whole.
// The bytes received so far are in a file beside it, whose name tells the version. They are written by position, so
// that two processes that download the same file write the same bytes to the same places.
import { createHash, randomBytes } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { digestFile } from './atomic-files.ts';
import { messageOf, systemCode, TsgptError } from './errors.ts';
import { formatCount } from './format.ts';
import { connectionError, Interruption, type RetryOptions, retrying, statusError } from './http.ts';
import { readable } from './system-error.ts';

export interface DownloadProgress {
  received: number;
  total: number | undefined;
}

export interface DownloadOptions extends RetryOptions {
  /** What is known of the file. Without a `sha256` or a strong `etag`, a broken download starts again. */
  size?: number;
  sha256?: string;
  etag?: string;
  onProgress?: (progress: DownloadProgress) => void;
  fetch?: (url: string, init: { headers: Record<string, string> }) => Promise<Response>;
}

/** The server has another file than the one whose `etag` was given. */
export class FileChanged extends TsgptError {}

interface Job extends DownloadOptions {
  url: string;
  file: string;
  part: string;
  /** Whether the bytes of an earlier attempt can be used. */
  resumable: boolean;
}

export async function download(url: string, file: string, options: DownloadOptions = {}): Promise<void> {
  const version = options.sha256 ?? (options.etag?.startsWith('"') ? options.etag : undefined);
  const job = { ...options, url, file, part: partName(file, version), resumable: version !== undefined };
  try {
    await mkdir(dirname(file), { recursive: true });
    await retrying(
      () => fetchRest(job),
      options,
      () => sizeOf(job.part),
    );
    await finish(job);
  } catch (error) {
    if (!job.resumable) await rm(job.part, { force: true }).catch(() => {});
    if (error instanceof FileChanged) throw error;
    throw await explained(error, job);
  }
}

function partName(file: string, version = randomBytes(8).toString('hex')): string {
  return `${file}.${createHash('sha256').update(version).digest('hex').slice(0, 16)}.incomplete`;
}

/** Requests the bytes that the part lacks, or starts again if the server cannot send a range. */
async function fetchRest(job: Job): Promise<void> {
  if (existsSync(job.file)) return; // another process has finished it
  const { url, part, size, etag } = job;
  let kept = job.resumable ? await sizeOf(part) : 0;
  if (size !== undefined && kept > size) {
    await rm(part, { force: true });
    kept = 0;
  }
  if (kept > 0 && kept === size) return;
  const response = await (job.fetch ?? fetch)(url, {
    headers: {
      'accept-encoding': 'identity',
      ...(kept > 0 && { range: `bytes=${kept}-` }),
      ...(kept > 0 && etag !== undefined && { 'if-range': etag }),
    },
  }).catch((error: unknown) => {
    throw connectionError(error, url);
  });
  const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
  const resumed = response.status === 206 && Number(range?.[1]) === kept;
  if (response.body === null || (response.status !== 200 && !resumed)) {
    await response.body?.cancel();
    if (response.status === 416 && Number(range?.[2]) === kept) return; // the last byte came before the break
    if (response.status === 206 || response.status === 416) await rm(part, { force: true });
    throw statusError(response);
  }
  try {
    await save(response, response.body, resumed ? kept : 0, job);
  } finally {
    await response.body.cancel().catch(() => {}); // the body may be broken, or read to its end already
  }
}

async function save(
  response: Response,
  body: ReadableStream<Uint8Array>,
  start: number,
  job: Job,
): Promise<void> {
  const { url, part, size, onProgress } = job;
  const total = totalOf(response, start) ?? size;
  const etag = response.headers.get('etag') ?? job.etag;
  if (job.etag !== undefined && etag !== job.etag) {
    throw new FileChanged(`${url} is being changed on the server`, 'try again later');
  }
  if (size !== undefined && total !== size) throw notExpected(`size ${size}`, `${total} bytes`);
  const truncate = job.resumable ? 0 : constants.O_TRUNC;
  const handle = await open(part, constants.O_WRONLY | constants.O_CREAT | truncate);
  let received = start;
  try {
    if ((await handle.stat()).size < start) throw new Interruption('another process has finished this file');
    onProgress?.({ received, total });
    for await (const chunk of chunksOf(body, url)) {
      if (total !== undefined && received + chunk.length > total) throw notExpected(`size ${total}`, 'more');
      await writeAt(handle, chunk, received);
      received += chunk.length;
      onProgress?.({ received, total });
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (total !== undefined && received < total) {
    throw new Interruption(`the connection ended after ${received} of ${total} bytes`);
  }
}

function totalOf({ headers }: Response, start: number): number | undefined {
  const length = headers.get('content-length');
  // The length of compressed content is useless, as fetch decompresses it.
  return length === null || headers.has('content-encoding') ? undefined : start + Number(length);
}

async function* chunksOf(body: ReadableStream<Uint8Array>, url: string): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw connectionError(error, url);
  }
}

async function writeAt(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Checks the SHA-256; the size was checked while the bytes were received. */
async function finish({ part, file, sha256 }: Job): Promise<void> {
  try {
    if (!existsSync(file)) {
      if (sha256 !== undefined) await verify(part, sha256);
      await rename(part, file);
    }
  } catch (error) {
    if (existsSync(part) || !existsSync(file)) throw error; // otherwise another process has renamed it
  }
  await removeParts(file);
}

async function verify(part: string, sha256: string): Promise<void> {
  const actual = await digestFile(part);
  if (actual.sha256 === sha256) return;
  await rm(part, { force: true });
  throw notExpected(`SHA-256 ${sha256}`, actual.sha256);
}

/** Removes the parts of every version of the file. */
async function removeParts(file: string): Promise<void> {
  const name = basename(file);
  for (const other of await readdir(dirname(file))) {
    if (!other.startsWith(`${name}.`) || !/^\.[0-9a-f]{16}\.incomplete$/.test(other.slice(name.length)))
      continue;
    await rm(join(dirname(file), other), { force: true });
  }
}

function notExpected(expected: string, actual: string): TsgptError {
  return new TsgptError(`it is not the file that was expected: ${expected}, but got ${actual}`);
}

async function explained(error: unknown, { url, file, part }: Job): Promise<unknown> {
  if (systemCode(error) !== undefined) return readable(error, `writing ${part}`);
  const kept = await sizeOf(part);
  const resume = kept > 0 ? `${formatCount(kept)} bytes are kept; run it again to go on from there, or ` : '';
  const hint =
    (error instanceof TsgptError && error.hint) || `${resume}download ${url} by hand and save it as ${file}`;
  return new TsgptError(`cannot download ${url}: ${messageOf(error)}`, hint, { cause: error });
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    return 0;
  }
}
