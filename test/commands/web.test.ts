// tsgpt web: serves the built page and nothing else.
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Started, start, tsgpt } from '../program.ts';
import { tsgptHere } from './in-process.ts';

const cwd = tmpdir();

describe('tsgpt web', () => {
  let address: URL;
  let server: Started;

  beforeAll(async () => {
    server = start(['web', '--port', '0'], { cwd });
    address = new URL(String(...(await once(server.child.stdout, 'data'))).trim());
  });
  afterAll(() => server.child.kill());

  /** Sent as it is: fetch would tidy the path first. */
  async function get(path: string, method = 'GET') {
    const sent = request({ host: address.hostname, port: address.port, path, method }).end();
    const [response] = await once(sent, 'response');
    let body = '';
    for await (const piece of response.setEncoding('utf8')) body += piece;
    return { status: response.statusCode, type: response.headers['content-type'], body };
  }

  it('listens on this machine alone, and gives the page and its parts their types', async () => {
    expect(address.hostname).toBe('127.0.0.1');
    const page = await get('/');
    expect(page).toMatchObject({ status: 200, type: 'text/html; charset=utf-8' });
    expect(page.body).toContain('<title>tsgpt');
    const parts = [...page.body.matchAll(/(?:src|href)="\.(\/assets\/[^"]+)"/g)].map(([, path]) => path!);
    const types = await Promise.all(parts.map(async (path) => (await get(path)).type));
    expect(types.sort()).toEqual(['text/css; charset=utf-8', 'text/javascript; charset=utf-8']);
    expect(await get('/', 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  it.each([
    '/../cli.js',
    '/..%2fcli.js',
    '/assets/../../cli.js',
    '/assets/..%5c..%5ccli.js',
    '//etc/passwd',
    '/%00',
    '/assets',
    '/assets/',
    '/nothing.html',
    '/%',
    'http://[',
  ])('answers %s with 404', async (path) => {
    expect(await get(path)).toMatchObject({ status: 404, body: 'there is no such page\n' });
  });

  it('refuses what is sent to it', async () => {
    expect(await get('/', 'POST')).toMatchObject({ status: 405 });
  });

  it('ends with Ctrl-C', async () => {
    server.child.kill('SIGINT');
    expect(await server.ended).toMatchObject({
      code: 130,
      stderr: expect.stringMatching(/^The page is at .*\n$/),
    });
  });
});

describe('tsgpt web refuses', () => {
  it.each(['x', '-1', '1.5', '70000'])('--port %s', async (port) => {
    const { code, stderr } = await tsgptHere(['web', '--port', port], cwd);
    expect(code).toBe(2);
    expect(stderr).toContain('for --port');
  });

  it('a port that is taken, which it names', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await tsgpt(['web', '--port', String(port)], { cwd });
    other.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`cannot listen on 127.0.0.1, port ${port}: it is taken`);
  });
});
