// tsgpt web: the page that trains in a browser, served from this machine.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { Command } from 'commander';
import { systemCode, TsgptError, unexpected } from '../base/errors.ts';
import { PACKAGE_FOLDER } from '../base/package-folder.ts';
import { wholeFlag } from './flags.ts';

const EXAMPLES = `
Examples:
  tsgpt web
  tsgpt web --port 8080

  # for a phone in the same network
  tsgpt web --host 0.0.0.0

The page trains in the browser itself: nothing is sent anywhere. Ctrl-C ends it.`;

/** Built there by \`npm run build:web\`. */
const FOLDER = join(PACKAGE_FOLDER, 'dist/web/');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};
/** Paths of the built files: letters, digits, - and _ with dots between them, in folders; so never a way out. */
const PATH = /^\/(?:(?:[\w-]+\/)*[\w-]+(?:\.[\w-]+)+)?$/;
const MOST_PORT = 65_535;

export function command(): Command {
  return new Command('web')
    .option('--port <n>', 'port to listen on; 0 = any that is free', '4321')
    .option('--host <name>', 'address to listen on', '127.0.0.1')
    .addHelpText('after', EXAMPLES)
    .action(serve);
}

async function serve(flags: { port: string; host: string }): Promise<void> {
  const port = wholeFlag('port', flags.port, 0);
  if (port > MOST_PORT) throw unexpected('--port', `a whole number of at most ${MOST_PORT}`, flags.port);
  if (!existsSync(join(FOLDER, 'index.html')))
    throw new TsgptError(
      `the page has not been built: there is no ${join(FOLDER, 'index.html')}`,
      'npm run build:web',
    );
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(error, flags.host, port)));
    server.listen(port, flags.host, resolve);
  });
  process.stderr.write('The page is at this address; Ctrl-C ends it.\n');
  const { address, family, port: taken } = server.address() as AddressInfo;
  process.stdout.write(`http://${family === 'IPv6' ? `[${address}]` : address}:${taken}/\n`);
}

async function answer({ method, url = '/' }: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = url.replace(/\?.*/s, '');
  if (method !== 'GET' && method !== 'HEAD') return refuse(response, 405, 'only GET is answered here');
  if (!PATH.test(path)) return refuse(response, 404, 'there is no such page');
  const name = path === '/' ? 'index.html' : path.slice(1);
  try {
    const body = await readFile(join(FOLDER, name));
    response.writeHead(200, {
      'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream',
      'Content-Length': body.length,
      'Cache-Control': 'no-cache',
      'X-Content-Type-Options': 'nosniff',
    });
    response.end(method === 'HEAD' ? undefined : body);
  } catch {
    refuse(response, 404, 'there is no such page');
  }
}

function refuse(response: ServerResponse, code: number, why: string): void {
  response.writeHead(code, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${why}\n`);
}

function cannotListen(error: unknown, host: string, port: number): unknown {
  const why = {
    EADDRINUSE: 'it is taken',
    EACCES: 'it is not allowed',
    EADDRNOTAVAIL: 'this machine has no such address',
  };
  const reason = Object.entries(why).find(([code]) => code === systemCode(error))?.[1];
  if (reason === undefined) return error;
  return new TsgptError(
    `cannot listen on ${host}, port ${port}: ${reason}`,
    'choose another: --port 0 takes any that is free',
  );
}
