// One file from the web to disk: resumed after a break, checked, and under its name only when it is whole.

import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { messageOf, systemCode, TsgptError } from '../base/errors.ts';
import { digestFile } from '../base/files.ts';
import { formatCount } from '../base/format.ts';

export interface DownloadProgress {
  received: number;
  total: number | undefined;
}

export interface DownloadOptions {
  sha256?: string;
  size?: number;
  onProgress?: (progress: DownloadProgress) => void;
  /** The pause before the first retry; it doubles each time. */
  retryMilliseconds?: number;
}

const ATTEMPTS = 4;

/** What may go away when asked again: the connection broke, or the server is busy. */
class Interruption extends Error {}

export async function download(url: string, file: string, options: DownloadOptions = {}): Promise<void> {
  const part = `${file}.part`;
  const byHand = `download ${url} by hand and save it as ${file}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await fetchAll(url, part, options);
    await verify(part, options);
    await rename(part, file);
  } catch (error) {
    if (systemCode(error) !== undefined) {
      throw new TsgptError(`cannot write ${part}: ${messageOf(error)}`, undefined, { cause: error });
    }
    const kept = await sizeOf(part);
    const resume =
      kept > 0 ? `${formatCount(kept)} bytes are kept; run it again to go on from there, or ` : '';
    throw new TsgptError(`cannot download ${url}: ${messageOf(error)}`, resume + byHand, { cause: error });
  }
}

async function fetchAll(url: string, part: string, options: DownloadOptions): Promise<void> {
  let failures = 0;
  for (;;) {
    const before = await sizeOf(part);
    try {
      return await fetchRest(url, part, before, options);
    } catch (error) {
      if (!(error instanceof Interruption)) throw error;
      failures = (await sizeOf(part)) > before ? 1 : failures + 1;
      if (failures === ATTEMPTS) throw error;
      await pause((options.retryMilliseconds ?? 1000) * 2 ** (failures - 1));
    }
  }
}

/** Asks for what the part file does not hold yet and appends it, or starts again if the server cannot do that. */
async function fetchRest(url: string, part: string, kept: number, options: DownloadOptions): Promise<void> {
  const headers = { 'accept-encoding': 'identity', ...(kept > 0 && { range: `bytes=${kept}-` }) };
  const response = await fetch(url, { headers }).catch((error: unknown) => {
    throw connectionError(error, url);
  });
  const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
  const resumed = response.status === 206 && Number(range?.[1]) === kept;
  if (response.body === null || (response.status !== 200 && !resumed)) {
    await response.body?.cancel();
    if (response.status === 416 && Number(range?.[2]) === kept) return; // the last byte had come before the break
    if (response.status === 206 || response.status === 416) await rm(part, { force: true });
    throw statusError(response);
  }
  let received = resumed ? kept : 0;
  const length = response.headers.get('content-length');
  const total = options.size ?? (length === null ? undefined : received + Number(length));
  const handle = await open(part, resumed ? 'a' : 'w');
  try {
    for await (const chunk of chunksOf(response.body, url)) {
      await handle.appendFile(chunk);
      received += chunk.length;
      options.onProgress?.({ received, total });
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (total !== undefined && received < total) {
    throw new Interruption(`the connection ended after ${received} of ${total} bytes`);
  }
}

async function* chunksOf(body: ReadableStream<Uint8Array>, url: string): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw connectionError(error, url);
  }
}

function statusError({ status, statusText }: Response): Error {
  const message = `the server answered HTTP ${status} ${statusText}`.trimEnd();
  const passing = status >= 500 || [206, 408, 416, 429].includes(status); // 206: not the range asked for
  return passing ? new Interruption(message) : new TsgptError(message);
}

/** fetch says only "fetch failed" or "terminated"; the reason is in its cause. */
function connectionError(error: unknown, url: string): Error {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = systemCode(cause);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new TsgptError(
      `the name ${new URL(url).hostname} cannot be looked up (${code}); is this machine online?`,
    );
  }
  return new Interruption(`the connection failed (${code ?? messageOf(cause)})`);
}

async function verify(part: string, { size, sha256 }: DownloadOptions): Promise<void> {
  const actualSize = await sizeOf(part);
  if (size !== undefined && actualSize !== size) await refuse(part, `size ${size}`, `${actualSize} bytes`);
  if (sha256 === undefined) return;
  const { sha256: actual } = await digestFile(part);
  if (actual !== sha256) await refuse(part, `SHA-256 ${sha256}`, actual);
}

async function refuse(part: string, expected: string, actual: string): Promise<never> {
  await rm(part);
  throw new TsgptError(`it is not the file that was expected: ${expected}, but got ${actual}`);
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    return 0;
  }
}
