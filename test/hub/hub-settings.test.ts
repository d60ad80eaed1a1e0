// Where the hub is and where its files go: transformers.js's settings and the environment's.
import { join } from 'node:path';
import { env } from '@xenova/transformers';
import { describe, expect, test } from 'vitest';
import { hubSettings } from '../../src/hub/hub-settings.ts';
import { findTransformers, probeTransformers } from '../../src/hub/transformers.ts';

test('are those of transformers.js if the environment says nothing', async () => {
  expect(await hubSettings({})).toMatchObject({
    host: 'https://huggingface.co/',
    pathTemplate: '{model}/resolve/{revision}/',
    token: undefined,
    offline: undefined,
    cacheFolder: env.cacheDir,
    fetch: env.fetch,
  });
});

describe('without transformers.js', () => {
  const notInstalled = async (name: string) => {
    throw Object.assign(new Error(`Cannot find package '${name}'`), { code: 'ERR_MODULE_NOT_FOUND' });
  };

  test('the hub is the same and is asked the same, but the cache is our own', async () => {
    const {
      cacheFolder,
      fetch: ours,
      ...without
    } = await hubSettings({ XDG_CACHE_HOME: '/x' }, notInstalled);
    const { cacheFolder: _, fetch: its, ...installed } = await hubSettings({ XDG_CACHE_HOME: '/x' });
    expect(without).toEqual(installed);
    expect(ours).toBe(fetch);
    expect(cacheFolder).toBe(join('/x', 'tsgpt', 'hub'));
  });

  test('doctor tells how to install it', async () => {
    expect(await probeTransformers(notInstalled)).toEqual({
      usable: false,
      reason: expect.stringMatching(
        /^neither @huggingface.transformers nor @xenova.transformers is installed; /,
      ),
      hint: 'install it with: npm install @huggingface/transformers',
    });
  });
});

test('either name of transformers.js will do', async () => {
  const asked: string[] = [];
  const load = async (name: string) => {
    asked.push(name);
    return { env: { ...env, cacheDir: '/its' } };
  };
  expect((await hubSettings({}, load)).cacheFolder).toBe('/its');
  expect(asked).toEqual(['@huggingface/transformers']); // the other is not looked for
  expect((await findTransformers()) as object).toMatchObject({ name: '@xenova/transformers' }); // the one here
});

test('version 2, which has no fetch of its own, is asked for the rest', async () => {
  const { fetch: _, ...second } = env;
  const settings = await hubSettings({}, async () => ({ env: { ...second, version: '2.17.2' } }));
  expect(settings).toMatchObject({ fetch, cacheFolder: env.cacheDir });
});

test('what only has its name is told of, and not used', async () => {
  const load = async () => ({ env: { version: '9' } });
  expect(await hubSettings({ XDG_CACHE_HOME: '/x' }, load)).toMatchObject({
    cacheFolder: join('/x', 'tsgpt', 'hub'),
  });
  expect(await probeTransformers(load)).toMatchObject({
    reason: expect.stringContaining('@huggingface/transformers has not the settings'),
  });
});

test('a setting that a program changes holds from then on', async () => {
  const { remoteHost } = env;
  try {
    env.remoteHost = 'https://elsewhere.example/';
    expect((await hubSettings({})).host).toBe('https://elsewhere.example/');
  } finally {
    env.remoteHost = remoteHost;
  }
});

test.each([
  [{ TSGPT_CACHE: '/c' }, join('/c', 'hub')],
  [{ HF_HOME: '/hf' }, join('/hf', 'transformers.js')],
  [{ TSGPT_CACHE: '/c', HF_HOME: '/hf' }, join('/c', 'hub')],
  [{ XDG_CACHE_HOME: '/x' }, env.cacheDir],
])('%o puts files into %s', async (environment, folder) => {
  expect((await hubSettings(environment)).cacheFolder).toBe(folder);
});

test.each([
  [{ HF_TOKEN: ' hf_a\n', HF_ACCESS_TOKEN: 'hf_b' }, 'hf_a'],
  [{ HF_ACCESS_TOKEN: 'hf_b' }, 'hf_b'],
  [{ HF_TOKEN: '' }, undefined],
])('%o is the token %s', async (environment, token) => {
  expect((await hubSettings(environment)).token).toBe(token);
});

test('a token that cannot be one is refused without being shown', async () => {
  const wrong = hubSettings({ HF_TOKEN: 'hf_a\nhf_b' });
  await expect(wrong).rejects.toThrow('HF_TOKEN holds characters that no token has');
  await expect(wrong).rejects.not.toThrow('hf_a');
});

test.each(['https://mirror.example', 'http://mirror.example/hf///'])(
  'HF_ENDPOINT=%s is the host',
  async (host) => {
    expect((await hubSettings({ HF_ENDPOINT: host })).host).toBe(host.replace(/\/*$/, '/'));
  },
);

test.each([
  [
    'mirror.example',
    'expected an address such as https://huggingface.co for HF_ENDPOINT, but got "mirror.example"',
  ],
  ['file:///x', 'expected an address such as https://huggingface.co for HF_ENDPOINT, but got "file:///x"'],
  ['https://me:secret@mirror.example', 'HF_ENDPOINT holds a password'],
])('HF_ENDPOINT=%s is refused', async (host, message) => {
  await expect(hubSettings({ HF_ENDPOINT: host })).rejects.toThrow(message);
});

test.each([
  [{ HF_HUB_OFFLINE: '1' }, 'HF_HUB_OFFLINE'],
  [{ TRANSFORMERS_OFFLINE: 'YES' }, 'TRANSFORMERS_OFFLINE'],
  [{ HF_HUB_OFFLINE: '0', TRANSFORMERS_OFFLINE: '' }, undefined],
])('%o: offline because of %s', async (environment, offline) => {
  expect((await hubSettings(environment)).offline).toBe(offline);
});
