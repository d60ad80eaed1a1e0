// The hub imitated on the loopback: small files are answered at once, large ones on a second server to which it
// redirects, with the headers that the real one sends. A test can have single requests answered otherwise.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { whenSaved } from '../when-saved.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface Asked {
  /** "HEAD hub tiny/gpt2/main/config.json", "GET cdn …" */
  what: string;
  range: string | undefined;
  ifRange: string | undefined;
  authorization: string | undefined;
}

export class FakeHub {
  /** By "org/name/revision/file". */
  readonly files = new Map<string, Buffer>();
  readonly asked: Asked[] = [];
  /** Answers to give instead, by what is asked; each is used once. */
  readonly instead = new Map<string, Answer[]>();
  /** Files that are not kept on the hub itself. */
  isLarge = (path: string) => /\.(safetensors|onnx|onnx_data(_\d+)?|bin)$/.test(path);
  #hub = createServer((request, response) => this.#answer('hub', request, response));
  #cdn = createServer((request, response) => this.#answer('cdn', request, response));

  async start(): Promise<void> {
    for (const server of [this.#hub, this.#cdn]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    }
  }

  async stop(): Promise<void> {
    for (const server of [this.#hub, this.#cdn]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  get url(): string {
    return addressOf(this.#hub);
  }

  get cdnUrl(): string {
    return addressOf(this.#cdn);
  }

  /** What was asked since the last call of this, without what it asked about other files. */
  take(file = ''): Asked[] {
    return this.asked.splice(0).filter(({ what }) => what.endsWith(file));
  }

  next(what: string, ...answers: Answer[]): void {
    this.instead.set(what, [...(this.instead.get(what) ?? []), ...answers]);
  }

  #answer(server: 'hub' | 'cdn', request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(request.url!.replace(/^\//, '').replace('/resolve/', '/'));
    const what = `${request.method} ${server} ${path}`;
    const { range, 'if-range': ifRange, authorization } = request.headers;
    this.asked.push({ what, range, ifRange: ifRange as string | undefined, authorization });
    const instead = this.instead.get(what)?.shift();
    const body = this.files.get(path);
    if (instead !== undefined) instead(request, response);
    else if (body === undefined)
      response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end('Entry not found');
    else if (server === 'hub' && this.isLarge(path)) this.#redirect(request, response, body);
    // The place that keeps large files knows them by another hash.
    else send(request, response, body, server === 'hub' ? etagOf(body) : `"cdn-${hashOf(body, 'md5')}"`);
  }

  #redirect(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    response
      .writeHead(302, {
        location: `${this.cdnUrl}${request.url}`,
        'x-linked-size': body.length,
        'x-linked-etag': `"${hashOf(body, 'sha256')}"`,
      })
      .end('Found. Redirecting');
  }
}

export function etagOf(body: Buffer): string {
  return `"${hashOf(body, 'sha1')}"`;
}

function hashOf(body: Buffer, algorithm: string): string {
  return createHash(algorithm).update(body).digest('hex');
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function send(request: IncomingMessage, response: ServerResponse, body: Buffer, etag: string): void {
  const [status, start, headers] = ranged(request, body, etag);
  if (status === 416 || request.method === 'HEAD') response.writeHead(status, headers).end();
  else response.writeHead(status, headers).end(body.subarray(start));
}

function ranged(
  request: IncomingMessage,
  body: Buffer,
  etag: string,
): [number, number, Record<string, string>] {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const changed = (request.headers['if-range'] ?? etag) !== etag;
  if (start === 0 || changed) return [200, 0, { etag, 'content-length': `${body.length}` }];
  if (start >= body.length) return [416, 0, { 'content-range': `bytes */${body.length}` }];
  const range = `bytes ${start}-${body.length - 1}/${body.length}`;
  return [206, start, { etag, 'content-length': `${body.length - start}`, 'content-range': range }];
}

/** Sends so many bytes of what was asked for, and breaks the connection when they stand in the folder. */
export function dropAfter(bytes: number, body: Buffer, etag: string, folder: string): Answer {
  return (request, response) => {
    const [status, start, headers] = ranged(request, body, etag);
    response.writeHead(status, headers);
    response.write(body.subarray(start, start + bytes));
    whenSaved(folder, start + bytes).then(() => response.destroy());
  };
}

export function status(code: number, headers: Record<string, string> = {}): Answer {
  return (_, response) => response.writeHead(code, headers).end('sorry');
}
