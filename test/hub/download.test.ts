// Repositories from an imitated hub into transformers.js's cache, which transformers.js then reads without one.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AutoTokenizer, env, ModelRegistry } from '@xenova/transformers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  downloadRepository,
  type RepositoryOptions,
  type RepositoryProgress,
} from '../../src/hub/download.ts';
import { byteTokenizer } from '../../src/tokenizers/byte-pair.ts';
import { saveTokenizer } from '../../src/tokenizers/store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { startTypeScript } from '../typescript-child.ts';
import { whenSaved } from '../when-saved.ts';
import { type Answer, dropAfter, etagOf, FakeHub, status } from './fake-hub.ts';

const VARIABLES = [
  'HF_ENDPOINT',
  'HF_HOME',
  'HF_TOKEN',
  'HF_ACCESS_TOKEN',
  'HF_HUB_OFFLINE',
  'TRANSFORMERS_OFFLINE',
];
const before = { host: env.remoteHost, cacheDir: env.cacheDir };
const weights = randomBytes(300_000);

let hub: FakeHub;
let cache: string;
let names = 0;
/** Another one for each test: transformers.js remembers what it was told of a repository. */
let id: string;

beforeEach(async () => {
  for (const name of [...VARIABLES, 'TSGPT_CACHE']) vi.stubEnv(name, undefined);
  hub = new FakeHub();
  await hub.start();
  cache = temporaryFolder();
  env.remoteHost = `${hub.url}/`;
  env.cacheDir = cache;
  id = `tiny/gpt-${++names}`;
  await offerTokenizer();
  offer(
    'config.json',
    JSON.stringify({ model_type: 'gpt2', n_layer: 1, n_head: 1, n_embd: 4, vocab_size: 257 }),
  );
});

afterEach(async () => {
  Object.assign(env, { remoteHost: before.host, cacheDir: before.cacheDir, allowRemoteModels: true });
  vi.unstubAllEnvs();
  await hub.stop();
});

function offer(file: string, body: Buffer | string, revision = 'main'): void {
  hub.files.set(`${id}/${revision}/${file}`, Buffer.from(body));
}

async function offerTokenizer(): Promise<void> {
  const folder = join(cache, 'made');
  saveTokenizer(folder, byteTokenizer());
  for (const file of ['tokenizer.json', 'tokenizer_config.json'])
    offer(file, await readFile(join(folder, file)));
  await rm(folder, { recursive: true });
}

const get = (options: RepositoryOptions = {}) => downloadRepository(id, options, 10);

async function failure(options: RepositoryOptions = {}): Promise<{ message: string; hint?: string }> {
  const error = await get(options).catch((error: unknown) => error);
  expect(error).toMatchObject({ name: 'TsgptError' });
  return error as Error;
}

/** All that stands below the repository's folder. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort();
}

const BASE = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];
const heads = () => hub.asked.filter(({ what }) => what.startsWith('HEAD')).length;
const gets = (file: string) => hub.take(file).filter(({ what }) => what.startsWith('GET'));

describe('what is fetched', () => {
  const ONE = ['model.safetensors'];
  const DATA = ['onnx/model.onnx', 'onnx/model.onnx_data', 'onnx/model.onnx_data_1'];
  const cases: [name: string, offered: string[], fetched: string[]][] = [
    ['safetensors before ONNX', [...ONE, ...DATA, 'onnx/decoder_model.onnx'], ONE],
    ['ONNX with its data', [...DATA, 'onnx/model.onnx_data_3', 'onnx/decoder_model.onnx'], DATA],
    [
      'the plain decoder',
      ['onnx/decoder_model.onnx', 'onnx/decoder_model_merged.onnx'],
      ['onnx/decoder_model.onnx'],
    ],
    ['the merged decoder', ['onnx/decoder_model_merged.onnx'], ['onnx/decoder_model_merged.onnx']],
    [
      'settings for generating',
      [...ONE, 'generation_config.json', 'README.md'],
      ['generation_config.json', ...ONE],
    ],
  ];
  test.each(cases)('%s', async (_, offered, fetched) => {
    for (const file of offered) offer(file, weights);
    const folder = await get();
    expect(folder).toBe(join(cache, id));
    expect(await filesIn(folder)).toEqual([...BASE, ...fetched].sort());
    for (const file of fetched) expect((await readFile(join(folder, file))).equals(weights)).toBe(true);
  });

  test('the shards that an index names', async () => {
    const index = {
      weight_map: {
        a: 'model-1-of-2.safetensors',
        b: 'model-2-of-2.safetensors',
        c: 'model-1-of-2.safetensors',
      },
    };
    offer('model.safetensors.index.json', JSON.stringify(index));
    for (const shard of ['model-1-of-2', 'model-2-of-2', 'other']) offer(`${shard}.safetensors`, weights);
    const shards = ['model-1-of-2.safetensors', 'model-2-of-2.safetensors'];
    expect(await filesIn(await get())).toEqual([...BASE, ...shards, 'model.safetensors.index.json'].sort());
  });

  test.each(['../config.json', 'a/b.safetensors', '/etc/x.safetensors', '..\\x.safetensors', 'x.bin'])(
    'no shard named %s',
    async (name) => {
      offer('model.safetensors.index.json', JSON.stringify({ weight_map: { wte: name } }));
      offer(name, weights);
      expect((await failure()).message).toMatch(
        /index\.json does not hold what was expected: weight_map\.wte/,
      );
    },
  );

  test('no index that is absurdly large', async () => {
    offer('model.safetensors.index.json', Buffer.alloc(2 ** 24 + 1, ' '));
    expect((await failure()).message).toMatch(/index\.json is too large for an index$/);
  });

  test('a shard that is not there is named', async () => {
    offer('model.safetensors.index.json', JSON.stringify({ weight_map: { wte: 'model-7.safetensors' } }));
    expect((await failure()).message).toBe(
      `${id} has no model-7.safetensors, which model.safetensors.index.json names: looked for model-7.safetensors`,
    );
  });

  test('vocab.json and merges.txt where there is no tokenizer.json', async () => {
    offer('model.safetensors', weights);
    hub.files.delete(`${id}/main/tokenizer.json`);
    offer('vocab.json', '{}');
    expect((await failure()).message).toBe(
      `${id} has no tokenizer: looked for tokenizer.json, vocab.json with merges.txt, vocab.txt`,
    );
    offer('merges.txt', '#version: 0.2');
    expect(await filesIn(await get())).toEqual([
      'config.json',
      'merges.txt',
      'model.safetensors',
      'tokenizer_config.json',
      'vocab.json',
    ]);
  });

  test('vocab.txt where there is no other vocabulary', async () => {
    offer('model.safetensors', weights);
    hub.files.delete(`${id}/main/tokenizer.json`);
    offer('vocab.txt', '[UNK]');
    expect(await filesIn(await get())).toEqual([
      'config.json',
      'model.safetensors',
      'tokenizer_config.json',
      'vocab.txt',
    ]);
  });

  test('nothing of a repository without config.json', async () => {
    offer('model.safetensors', weights);
    hub.files.delete(`${id}/main/config.json`);
    expect((await failure()).message).toBe(`${id} has no config.json: looked for config.json`);
    expect(await readdir(cache)).toEqual([]);
  });

  test.each([
    'onnx/model_quantized.onnx',
    'onnx/decoder_model_merged_quantized.onnx',
    'onnx/model_q4.onnx',
    'pytorch_model.bin',
  ])('nothing where there is only %s', async (file) => {
    offer(file, weights);
    const { message, hint } = await failure();
    expect(message).toBe(
      `${id} has no weights that tsgpt reads: looked for model.safetensors, model.safetensors.index.json, ` +
        'onnx/model.onnx, onnx/decoder_model.onnx, onnx/decoder_model_merged.onnx',
    );
    expect(hint).toMatch(`it has ${file}, but tsgpt looks for neither quantised`);
    expect(hint).toMatch('save_pretrained');
    expect(await readdir(cache)).toEqual([]);
  });

  test('another revision, apart from main', async () => {
    offer('model.safetensors', 'main');
    await get();
    for (const file of BASE) offer(file, `${file} of it`, 'refs/pr/1');
    offer('model.safetensors', 'pr', 'refs/pr/1');
    const folder = await get({ revision: 'refs/pr/1' });
    expect(folder).toBe(join(cache, id, 'refs/pr/1'));
    expect(await readFile(join(folder, 'model.safetensors'), 'utf8')).toBe('pr');
    expect(await readFile(join(cache, id, 'model.safetensors'), 'utf8')).toBe('main');
  });
});

describe('the cache', () => {
  test('is where transformers.js finds the tokenizer and the weights', async () => {
    offer('onnx/model.onnx', weights);
    offer('generation_config.json', '{}');
    await get();
    env.allowRemoteModels = false;
    const tokenizer = await AutoTokenizer.from_pretrained(id);
    expect(tokenizer.encode('Hé')).toEqual([...byteTokenizer().encode('Hé')]);
    expect(await ModelRegistry.is_pipeline_cached('text-generation', id, { dtype: 'fp32' })).toBe(true);
    expect(await ModelRegistry.get_file_metadata(id, 'onnx/model.onnx')).toMatchObject({
      fromCache: true,
      size: weights.length,
    });
  });

  test('of a revision, too', async () => {
    for (const file of BASE) offer(file, hub.files.get(`${id}/main/${file}`)!, 'v2');
    offer('model.safetensors', weights, 'v2');
    await get({ revision: 'v2' });
    env.allowRemoteModels = false;
    for (const file of [...BASE, 'model.safetensors']) {
      const { length } = hub.files.get(`${id}/v2/${file}`)!;
      const metadata = await ModelRegistry.get_file_metadata(id, file, { revision: 'v2' });
      expect(metadata).toMatchObject({ fromCache: true, size: length });
    }
    expect(await ModelRegistry.get_file_metadata(id, 'config.json')).toMatchObject({ exists: false });
  });

  test('gives what transformers.js has fetched', async () => {
    offer('model.safetensors', weights);
    await AutoTokenizer.from_pretrained(id);
    hub.take();
    await get();
    expect(hub.take().filter(({ what }) => what.includes('tokenizer'))).toEqual([]);
  });

  test('is enough for a second time', async () => {
    offer('model.safetensors', weights);
    offer('chat_template.jinja', '{{ messages }}');
    offer('generation_config.json', '{}');
    await get();
    hub.take();
    const told: RepositoryProgress[] = [];
    await get({ onProgress: (progress) => told.push(progress) });
    expect(hub.take()).toEqual([]);
    expect(told).toEqual([]);
  });

  test('weights in it are better than others on the hub', async () => {
    offer('onnx/decoder_model.onnx', weights);
    await get();
    offer('model.safetensors', weights);
    expect(await filesIn(await get())).toEqual([...BASE, 'onnx/decoder_model.onnx'].sort());
  });

  test.each([
    ['HF_HUB_OFFLINE', () => vi.stubEnv('HF_HUB_OFFLINE', '1')],
    ['TRANSFORMERS_OFFLINE', () => vi.stubEnv('TRANSFORMERS_OFFLINE', 'true')],
    ['env.allowRemoteModels = false', () => Object.assign(env, { allowRemoteModels: false })],
  ])('is all there is with %s', async (why, goOffline) => {
    offer('model.safetensors', weights);
    await get();
    await rm(join(cache, id, 'model.safetensors'));
    goOffline();
    hub.take();
    expect(await failure()).toMatchObject({
      message: expect.stringMatching(
        `^the cache has no weights that tsgpt reads of ${id}: looked for model.safetensors, .* in ${join(cache, id)}$`,
      ),
      hint: `nothing is downloaded because of ${why}`,
    });
    await writeFile(join(cache, id, 'model.safetensors'), weights);
    expect(await get()).toBe(join(cache, id));
    expect(hub.take()).toEqual([]);
  });
});

describe('the way there', () => {
  const FILE = 'model.safetensors';
  const cdn = () => `GET cdn ${id}/main/${FILE}`;
  const path = () => join(cache, id, FILE);
  const dropped = (bytes: number) => dropAfter(bytes, weights, '"cdn"', cache);
  beforeEach(() => offer(FILE, weights));

  async function expectWhole(): Promise<void> {
    expect((await readFile(path())).equals(weights)).toBe(true);
    expect(await filesIn(join(cache, id))).toEqual([...BASE, FILE].sort());
  }

  test('the token goes to the hub, and not where the hub sends us', async () => {
    vi.stubEnv('HF_TOKEN', 'hf_secret');
    await get();
    const asked = hub.take();
    const tokens = (server: string) =>
      new Set(
        asked.filter(({ what }) => what.includes(` ${server} `)).map(({ authorization }) => authorization),
      );
    expect(tokens('hub')).toEqual(new Set(['Bearer hf_secret']));
    expect(tokens('cdn')).toEqual(new Set([undefined]));
  });

  test('a repository that has got another name is found', async () => {
    const [old, now] = [`${id}-old`, id];
    for (const file of [...BASE, FILE, 'generation_config.json']) {
      for (const method of ['HEAD', 'GET']) {
        hub.next(
          `${method} hub ${old}/main/${file}`,
          status(307, { location: `/${now}/resolve/main/${file}` }),
        );
      }
    }
    vi.stubEnv('HF_TOKEN', 'hf_secret');
    const folder = await downloadRepository(old);
    expect((await readFile(join(folder, FILE))).equals(weights)).toBe(true);
    const relative = hub.take().filter(({ what }) => what.includes(`hub ${now}`));
    expect(new Set(relative.map(({ authorization }) => authorization))).toEqual(
      new Set(['Bearer hf_secret']),
    );
  });

  test('tells how far it is', async () => {
    const told: RepositoryProgress[] = [];
    await get({ onProgress: (progress) => told.push(progress) });
    const all = [...BASE, FILE].reduce((sum, file) => sum + hub.files.get(`${id}/main/${file}`)!.length, 0);
    expect(new Set(told.map(({ allTotal }) => allTotal))).toEqual(new Set([all]));
    expect(told.at(-1)).toEqual({
      file: FILE,
      received: weights.length,
      total: weights.length,
      allReceived: all,
      allTotal: all,
    });
    const allReceived = told.map(({ allReceived }) => allReceived);
    expect(allReceived).toEqual(allReceived.toSorted((a, b) => a - b));
  });

  test('goes on after dropped connections', async () => {
    hub.next(cdn(), dropped(100_000), dropped(50_000));
    await get();
    await expectWhole();
    expect(
      gets(FILE).map(({ what, range, ifRange }) => [what.slice(4, 7), range, ifRange !== undefined]),
    ).toEqual([
      ['hub', undefined, false],
      ['cdn', undefined, false],
      ['hub', 'bytes=100000-', true],
      ['cdn', 'bytes=100000-', false], // the hub has said that it is the same file
      ['hub', 'bytes=150000-', true],
      ['cdn', 'bytes=150000-', false],
    ]);
  });

  test('goes on after a dropped connection to the hub itself', async () => {
    hub.isLarge = () => false;
    hub.next(`GET hub ${id}/main/${FILE}`, dropAfter(100_000, weights, etagOf(weights), cache));
    await get();
    await expectWhole();
    expect(gets(FILE).map(({ range, ifRange }) => [range, ifRange])).toEqual([
      [undefined, undefined],
      ['bytes=100000-', etagOf(weights)],
    ]);
  });

  test('goes on in a later run', async () => {
    hub.next(cdn(), dropped(100_000), status(404));
    const { message, hint } = await failure();
    expect(message).toBe(
      `cannot download ${hub.url}/${id}/resolve/main/${FILE}: the server answered HTTP 404 Not Found`,
    );
    expect(hint).toMatch(/^100,000 bytes are kept; run it again to go on from there, or download /);
    expect(existsSync(path())).toBe(false);
    hub.take();
    await get();
    await expectWhole();
    expect(gets(FILE).map(({ range }) => range)).toEqual(['bytes=100000-', 'bytes=100000-']);
  });

  test('starts again when the server ignores the range', async () => {
    const whole: Answer = (_, response) =>
      response.writeHead(200, { 'content-length': weights.length }).end(weights);
    hub.next(cdn(), dropped(100_000), whole);
    await get();
    await expectWhole();
  });

  test.each([
    ['kept elsewhere', true],
    ['on the hub', false],
  ])('starts again when the file changes between two attempts (%s)', async (_, large) => {
    hub.isLarge = () => large;
    const newer = randomBytes(200_000);
    const what = large ? cdn() : `GET hub ${id}/main/${FILE}`;
    const drop = dropAfter(100_000, weights, large ? '"cdn"' : etagOf(weights), cache);
    hub.next(what, (request, response) => {
      drop(request, response);
      offer(FILE, newer);
    });
    await get();
    expect((await readFile(path())).equals(newer)).toBe(true);
    expect(await filesIn(join(cache, id))).toEqual([...BASE, FILE].sort());
  });

  test('starts again when the file has changed since an earlier run', async () => {
    hub.next(cdn(), dropped(100_000), status(404));
    await failure();
    const newer = randomBytes(200_000);
    offer(FILE, newer);
    await get();
    expect((await readFile(path())).equals(newer)).toBe(true);
    expect(await filesIn(join(cache, id))).toEqual([...BASE, FILE].sort());
  });

  test('refuses other bytes than the hub has promised', async () => {
    const other = randomBytes(weights.length);
    hub.next(cdn(), (_, response) => response.writeHead(200, { 'content-length': other.length }).end(other));
    expect((await failure()).message).toMatch(
      /it is not the file that was expected: SHA-256 [0-9a-f]{64}, but got/,
    );
    expect(await filesIn(join(cache, id))).toEqual(BASE);
  });

  test.each([
    ['fewer', 299_999],
    ['more', 300_001],
  ])('refuses %s bytes than the hub has promised', async (_, length) => {
    hub.next(cdn(), (_, response) =>
      response.writeHead(200, { 'content-length': length }).end(Buffer.alloc(length)),
    );
    expect((await failure()).message).toMatch(`expected: size 300000, but got ${length} bytes`);
    expect(await filesIn(join(cache, id))).toEqual(BASE);
  });

  test('asks again after a server error and when it is too fast for the hub, and says so', async () => {
    hub.next(`HEAD hub ${id}/main/config.json`, status(500));
    hub.next(`HEAD hub ${id}/main/${FILE}`, status(429, { 'retry-after': '9' }));
    hub.next(`GET hub ${id}/main/${FILE}`, status(429, { 'retry-after': '9' }));
    hub.next(cdn(), status(403), status(503));
    const told: string[] = [];
    const began = performance.now();
    await get({ onProgress: ({ file, waiting }) => waiting && told.push(`${file}: ${waiting}`) });
    expect(performance.now() - began).toBeGreaterThan(180);
    await expectWhole();
    expect(told).toEqual([
      'config.json: the server answered HTTP 500 Internal Server Error; trying again in 1 s',
      `${FILE}: the server answered HTTP 429 Too Many Requests; trying again in 9 s`,
      `${FILE}: the server answered HTTP 429 Too Many Requests; trying again in 9 s`,
      `${FILE}: ${new URL(hub.cdnUrl).host} answered HTTP 403 Forbidden; trying again in 2 s`,
      `${FILE}: the server answered HTTP 503 Service Unavailable; trying again in 4 s`,
    ]);
  });

  test('gives up when the hub stays busy', async () => {
    const busy = status(429, { 'retry-after': '1' });
    hub.next(`HEAD hub ${id}/main/config.json`, busy, busy, busy, busy);
    expect(await failure()).toMatchObject({
      message: `cannot ask for ${hub.url}/${id}/resolve/main/config.json: the server answered HTTP 429 Too Many Requests`,
      hint: expect.stringMatching('HF_HUB_OFFLINE=1'),
    });
    expect(heads()).toBe(4);
  });

  test.each([401, 403])('HTTP %i without a token says what to do', async (code) => {
    hub.next(`HEAD hub ${id}/main/config.json`, status(code, { 'x-error-code': 'GatedRepo' }));
    expect(await failure()).toMatchObject({
      message: `the hub wants to know who asks for ${id} (HTTP ${code})`,
      hint: expect.stringMatching(`accepted, do so at ${hub.url}/${id}; then set HF_TOKEN`),
    });
  });

  test('and with one, that it is not enough; it is not shown', async () => {
    vi.stubEnv('HF_TOKEN', 'hf_secret');
    hub.next(`GET hub ${id}/main/config.json`, status(403));
    const { message, hint } = await failure();
    expect(message).toBe(
      `cannot download ${hub.url}/${id}/resolve/main/config.json: HF_TOKEN does not open ${id} (HTTP 403)`,
    );
    expect(hint).toMatch('check the name and the token');
    expect(message + hint).not.toMatch('hf_secret');
  });

  test.each([
    ['RepoNotFound', () => `there is no repository ${id} on ${hub.url}/`],
    ['RevisionNotFound', () => `${id} has no revision v7`],
  ])('404 with %s', async (code, message) => {
    hub.next(`HEAD hub ${id}/v7/config.json`, status(404, { 'x-error-code': code }));
    expect((await failure({ revision: 'v7' })).message).toBe(message());
  });

  test('redirects in a circle, and to what is no web address, are refused', async () => {
    const what = `HEAD hub ${id}/main/config.json`;
    const circle = status(302, { location: `/${id}/resolve/main/config.json` });
    hub.next(what, ...Array.from({ length: 20 }, () => circle));
    expect((await failure()).message).toMatch('redirects more than 10 times');
    hub.instead.clear();
    hub.next(what, status(302, { location: 'file:///etc/passwd' }));
    expect((await failure()).message).toMatch('what is not a web address');
  });

  test('says so when there is no hub', async () => {
    await hub.stop();
    expect(await failure()).toMatchObject({
      message: expect.stringMatching(/config\.json: the connection failed \(ECONNREFUSED\)$/),
      hint: expect.stringMatching('HF_HUB_OFFLINE=1'),
    });
  });

  test('works with a hub that says neither size nor version', async () => {
    for (const file of [...BASE, FILE]) {
      const body = hub.files.get(`${id}/main/${file}`)!;
      hub.next(`HEAD hub ${id}/main/${file}`, status(200));
      hub.next(`GET hub ${id}/main/${file}`, (_, response) => {
        response.writeHead(200).write(body);
        response.end();
      });
    }
    const told: RepositoryProgress[] = [];
    await get({ onProgress: (progress) => told.push(progress) });
    await expectWhole();
    expect(told.at(-1)).toMatchObject({ received: weights.length, total: undefined, allTotal: undefined });
  });
});

describe('names', () => {
  test.each([
    '',
    '..',
    '../x',
    'a/../b',
    'a/b/c',
    '/etc',
    'a b',
    'a--b',
    'https://huggingface.co/gpt2',
    '.a/b',
    'a%2f',
  ])('no repository %j', async (name) => {
    await expect(downloadRepository(name)).rejects.toMatchObject({
      name: 'TsgptError',
      exitCode: 2,
      message: expect.stringMatching('^expected a name as on the hub, such as openai-community/gpt2'),
    });
    expect(hub.asked).toEqual([]);
  });

  test.each(['', '..', 'a/../b', '/a', 'a/', 'a b', 'a?b', '.git', 'a\\b'])(
    'no revision %j',
    async (revision) => {
      await expect(get({ revision })).rejects.toMatchObject({ exitCode: 2 });
      expect(hub.asked).toEqual([]);
    },
  );
});

describe('processes of their own', () => {
  const CHILD = new URL('download-child.ts', import.meta.url);
  const SIZE = 300 << 20;
  const start = () => startTypeScript(CHILD, [hub.url, cache, id]);

  async function outputOf(child: ReturnType<typeof start>): Promise<{ memory: number; files: string[] }> {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (more) => {
      text += more;
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
    return JSON.parse(text);
  }

  test('one of them holds little of a large file in memory', async () => {
    const chunk = randomBytes(1 << 20);
    const file = `${id}/main/model.safetensors`;
    hub.isLarge = () => false;
    const headers = { 'content-length': SIZE, etag: '"large"' };
    hub.next(`HEAD hub ${file}`, (_, response) => response.writeHead(200, headers).end());
    hub.next(`GET hub ${file}`, async (_, response) => {
      response.writeHead(200, headers);
      for (let sent = 0; sent < SIZE; sent += chunk.length) {
        if (!response.write(chunk)) await once(response, 'drain');
      }
      response.end();
    });
    offer('model.safetensors', '');
    const { memory } = await outputOf(start());
    expect(memory).toBeLessThan(100 << 20);
  });

  test('two at once, after one that was killed', async () => {
    offer('model.safetensors', weights);
    const slow: Answer = (request, response) => {
      const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const range = { 'content-range': `bytes ${from}-${weights.length - 1}/${weights.length}` };
      response.writeHead(from > 0 ? 206 : 200, {
        'content-length': weights.length - from,
        ...(from > 0 && range),
      });
      let at = from;
      const more = () => {
        response.write(weights.subarray(at, at + 5000));
        at += 5000;
        if (at < weights.length) setTimeout(more, 5);
        else response.end();
      };
      more();
    };
    const what = `GET cdn ${id}/main/model.safetensors`;
    hub.next(what, slow, slow, slow);
    const killed = start();
    await whenSaved(cache, 50_000);
    killed.kill('SIGKILL');
    await once(killed, 'close');
    hub.take();
    await Promise.all([outputOf(start()), outputOf(start())]);
    expect((await readFile(join(cache, id, 'model.safetensors'))).equals(weights)).toBe(true);
    expect(await filesIn(join(cache, id))).toEqual([...BASE, 'model.safetensors'].sort());
    const ranges = gets('model.safetensors').map(({ range }) => range);
    expect(ranges[0]).toMatch(/^bytes=[1-9]\d*-$/);
  });
});
