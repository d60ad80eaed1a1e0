// Downloads of one file: resumed after broken connections, checked, and whole under its name, or refused in words.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type DownloadProgress, download } from '../../src/base/download.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { whenSaved } from '../when-saved.ts';

const body = randomBytes(300_000);
const sha256 = createHash('sha256').update(body).digest('hex');
const checks = { sha256, size: body.length, second: 1 };

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
let folder: string;
let file: string;
let server: Server;
let url: string;
/** What is asked, in turn; the last answer serves all later requests. */
let answers: Answer[];
let ranges: (string | undefined)[];

beforeEach(async () => {
  folder = temporaryFolder();
  file = join(folder, 'cache', 'file.txt');
  ranges = [];
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.txt`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const whole: Answer = (_, response) => response.writeHead(200, { 'content-length': body.length }).end(body);

const ranged: Answer = (request, response) => {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (start === 0) return whole(request, response);
  if (start >= body.length)
    return response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end();
  const headers = {
    'content-range': `bytes ${start}-${body.length - 1}/${body.length}`,
    'content-length': body.length - start,
  };
  response.writeHead(206, headers).end(body.subarray(start));
};

/** Sends so many bytes of what was asked for and breaks the connection. */
function dropAfter(bytes: number): Answer {
  return (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = { 'content-range': `bytes ${start}-${body.length - 1}/${body.length}` };
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': body.length - start,
      ...(start > 0 && range),
    });
    response.write(body.subarray(start, start + bytes));
    whenSaved(folder, start + bytes).then(() => response.destroy());
  };
}

function status(code: number): Answer {
  return (_, response) => response.writeHead(code).end('sorry');
}

async function expectWhole() {
  expect((await readFile(file)).equals(body)).toBe(true);
  expect(await readdir(join(folder, 'cache'))).toEqual(['file.txt']);
}

/** Where what has come of the file stands before it is whole. */
async function partOf(name = 'file.txt'): Promise<string> {
  const parts = (await readdir(join(folder, 'cache'))).filter((other) => other.endsWith('.incomplete'));
  expect(parts).toEqual([expect.stringMatching(new RegExp(`^${name}\\.[0-9a-f]{16}\\.incomplete$`))]);
  return join(folder, 'cache', parts[0]!);
}

/** As a process does that was killed. */
async function leavePart(): Promise<void> {
  answers = [dropAfter(100_000), status(404)];
  await expect(download(url, file, checks)).rejects.toThrow('HTTP 404');
  ranges = [];
}

describe('download', () => {
  test('saves the file and reports its progress', async () => {
    answers = [whole];
    const told: DownloadProgress[] = [];
    await download(url, file, { ...checks, onProgress: (progress) => told.push(progress) });
    await expectWhole();
    expect(told.at(-1)).toEqual({ received: body.length, total: body.length });
    expect(ranges).toEqual([undefined]);
  });

  test('resumes from the bytes it has after each dropped connection', async () => {
    answers = [dropAfter(100_000), dropAfter(50_000), ranged];
    const told: number[] = [];
    await download(url, file, { ...checks, onProgress: ({ received }) => told.push(received) });
    await expectWhole();
    expect(ranges).toEqual([undefined, 'bytes=100000-', 'bytes=150000-']);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
  });

  test('resumes in a later run from the bytes that an earlier one kept', async () => {
    answers = [dropAfter(100_000), status(503)];
    await expect(download(url, file, checks)).rejects.toMatchObject({
      message: `cannot download ${url}: the server answered HTTP 503 Service Unavailable`,
      hint: `100,000 bytes are kept; run it again to go on from there, or download ${url} by hand and save it as ${file}`,
    });
    expect(existsSync(file)).toBe(false);
    answers = [ranged];
    ranges = [];
    await download(url, file, checks);
    await expectWhole();
    expect(ranges).toEqual(['bytes=100000-']);
  });

  test('starts again if the server ignores the range that it asks for', async () => {
    answers = [dropAfter(100_000), whole];
    await download(url, file, checks);
    await expectWhole();
    expect(ranges).toEqual([undefined, 'bytes=100000-']);
  });

  test('starts again if the server sends another range than it asks for', async () => {
    const wrong: Answer = (_, response) =>
      response.writeHead(206, { 'content-range': `bytes 5-9/${body.length}` }).end(body.subarray(5, 10));
    answers = [dropAfter(100_000), wrong, ranged];
    await download(url, file, checks);
    await expectWhole();
    expect(ranges).toEqual([undefined, 'bytes=100000-', undefined]);
  });

  test('asks for nothing if all bytes of a known size are there', async () => {
    await leavePart();
    await writeFile(await partOf(), body);
    await download(url, file, checks);
    await expectWhole();
    expect(ranges).toEqual([]);
  });

  test('takes HTTP 416 at the end of the file to mean that all bytes are there', async () => {
    await leavePart();
    await writeFile(await partOf(), body);
    answers = [ranged];
    await download(url, file, { sha256, second: 1 });
    await expectWhole();
    expect(ranges).toEqual([`bytes=${body.length}-`]);
  });

  test.each([
    ['with a size', checks, [undefined]],
    ['without a size', { sha256, second: 1 }, [`bytes=${2 * body.length}-`, undefined]],
  ])('throws away a kept part that is longer than the file, %s given', async (_, options, asked) => {
    await leavePart();
    await writeFile(await partOf(), Buffer.concat([body, body]));
    answers = [ranged];
    await download(url, file, options);
    await expectWhole();
    expect(ranges).toEqual(asked);
  });

  test('resumes after a connection that ended early without having told its length', async () => {
    const half: Answer = (_, response) => response.writeHead(200).end(body.subarray(0, 1000));
    answers = [half, ranged];
    await download(url, file, checks);
    await expectWhole();
  });

  test('gives up at once on 404', async () => {
    answers = [status(404)];
    await expect(download(url, file, checks)).rejects.toMatchObject({
      name: 'TsgptError',
      message: `cannot download ${url}: the server answered HTTP 404 Not Found`,
      hint: `download ${url} by hand and save it as ${file}`,
    });
    expect(ranges).toHaveLength(1);
  });

  test('refuses a file with another SHA-256, and keeps none of its bytes', async () => {
    answers = [whole];
    const other = '0'.repeat(64);
    await expect(download(url, file, { ...checks, sha256: other })).rejects.toThrow(
      `cannot download ${url}: it is not the file that was expected: SHA-256 ${other}, but got ${sha256}`,
    );
    expect(await readdir(join(folder, 'cache'))).toEqual([]);
  });

  test('refuses a file of another size', async () => {
    answers = [whole];
    await expect(download(url, file, { size: 7 })).rejects.toThrow('expected: size 7, but got 300000 bytes');
  });

  test('names the address if no server answers there', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const dead = `http://127.0.0.1:${(closed.address() as AddressInfo).port}/x`;
    await new Promise((resolve) => closed.close(resolve));
    await expect(download(dead, file, checks)).rejects.toThrow(
      `cannot download ${dead}: the connection failed (ECONNREFUSED)`,
    );
  });

  test('asks whether the machine is online when a name cannot be looked up', async () => {
    await expect(download('http://tsgpt.invalid/x', file, checks)).rejects.toThrow(
      /^cannot download http:\/\/tsgpt\.invalid\/x: the name tsgpt\.invalid cannot be looked up \((ENOTFOUND|EAI_AGAIN)\); is this machine online\?$/,
    );
  });

  test('names the file that is in its way if it cannot write', async () => {
    answers = [whole];
    const blocked = join(folder, 'plain');
    await writeFile(blocked, '');
    await expect(download(url, join(blocked, 'x'), checks)).rejects.toThrow(
      /^there is a file where a folder is needed while writing .*plain\/x\.[0-9a-f]{16}\.incomplete$/,
    );
  });

  test('says that the disk is full, and keeps the bytes that it has', async (context) => {
    if (!existsSync('/dev/full')) context.skip('this system has no disk that is always full');
    await leavePart();
    const part = await partOf();
    await rm(part);
    await symlink('/dev/full', part);
    answers = [whole];
    await expect(download(url, file, checks)).rejects.toMatchObject({
      name: 'TsgptError',
      message: `disk full while writing ${part}`,
      hint: expect.stringContaining('then run this again'),
    });
    expect(await partOf()).toBe(part);
  });

  test('waits as long as the server asks, up to 60 seconds', async () => {
    answers = [
      (_, response) => response.writeHead(429, { 'retry-after': '7' }).end(),
      (_, response) =>
        response.writeHead(503, { 'retry-after': new Date(Date.now() + 1e6).toUTCString() }).end(),
      whole,
    ];
    const reasons: string[] = [];
    const began = performance.now();
    await download(url, file, { ...checks, onWait: (reason) => reasons.push(reason), second: 10 });
    expect(performance.now() - began).toBeGreaterThan(670);
    await expectWhole();
    expect(reasons).toEqual([
      'the server answered HTTP 429 Too Many Requests; trying again in 7 s',
      'the server answered HTTP 503 Service Unavailable; trying again in 60 s', // and no longer
    ]);
  });

  test('stops at the expected size if the server sends more', async () => {
    const endless: Answer = (_, response) => {
      response.writeHead(200);
      const more = () => response.write(body, () => setTimeout(more));
      more();
    };
    answers = [endless];
    await expect(download(url, file, checks)).rejects.toThrow('expected: size 300000, but got more');
  });

  test('starts again, and keeps no part, if neither SHA-256 nor ETag identifies the file', async () => {
    answers = [dropAfter(100_000), ranged];
    await download(url, file, { second: 1 });
    await expectWhole();
    expect(ranges).toEqual([undefined, undefined]);
    await rm(file);
    answers = [dropAfter(100_000), (_, response) => response.end('shorter now')];
    await download(url, file, { second: 1 });
    expect(await readFile(file, 'utf8')).toBe('shorter now');
    await rm(file);
    answers = [dropAfter(100_000), status(404)];
    await expect(download(url, file, { second: 1 })).rejects.toThrow('HTTP 404');
    expect(await readdir(join(folder, 'cache'))).toEqual([]);
  });

  test('removes kept parts of other versions of the file, but not those of other files', async () => {
    await leavePart();
    const [old, other] = ['file.txt.0123456789abcdef.incomplete', 'file.txt.md.0123456789abcdef.incomplete'];
    for (const name of [old, other]) await writeFile(join(folder, 'cache', name!), 'x');
    answers = [ranged];
    await download(url, file, checks);
    expect((await readdir(join(folder, 'cache'))).sort()).toEqual(['file.txt', other]);
  });

  test('gives the whole file to eight calls at the same time', async () => {
    answers = [dropAfter(100_000), dropAfter(150_000), dropAfter(1), ranged];
    await Promise.all(Array.from({ length: 8 }, () => download(url, file, checks)));
    await expectWhole();
  });
});
