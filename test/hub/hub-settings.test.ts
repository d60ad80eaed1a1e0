// Where the hub is and where its files go: transformers.js's settings and the environment's.
import { join } from 'node:path';
import { env } from '@xenova/transformers';
import { expect, test } from 'vitest';
import { hubSettings } from '../../src/hub/hub-settings.ts';

test('are those of transformers.js if the environment says nothing', () => {
  expect(hubSettings({})).toMatchObject({
    host: 'https://huggingface.co/',
    pathTemplate: '{model}/resolve/{revision}/',
    token: undefined,
    offline: undefined,
    cacheFolder: env.cacheDir,
  });
});

test.each([
  [{ TSGPT_CACHE: '/c' }, join('/c', 'hub')],
  [{ HF_HOME: '/hf' }, join('/hf', 'transformers.js')],
  [{ TSGPT_CACHE: '/c', HF_HOME: '/hf' }, join('/c', 'hub')],
  [{ XDG_CACHE_HOME: '/x' }, env.cacheDir],
])('%o puts files into %s', (environment, folder) => {
  expect(hubSettings(environment).cacheFolder).toBe(folder);
});

test.each([
  [{ HF_TOKEN: ' hf_a\n', HF_ACCESS_TOKEN: 'hf_b' }, 'hf_a'],
  [{ HF_ACCESS_TOKEN: 'hf_b' }, 'hf_b'],
  [{ HF_TOKEN: '' }, undefined],
])('%o is the token %s', (environment, token) => {
  expect(hubSettings(environment).token).toBe(token);
});

test('a token that cannot be one is refused without being shown', () => {
  const wrong = () => hubSettings({ HF_TOKEN: 'hf_a\nhf_b' });
  expect(wrong).toThrow('HF_TOKEN holds characters that no token has');
  expect(wrong).not.toThrow('hf_a');
});

test.each(['https://mirror.example', 'http://mirror.example/hf///'])('HF_ENDPOINT=%s is the host', (host) => {
  expect(hubSettings({ HF_ENDPOINT: host }).host).toBe(host.replace(/\/*$/, '/'));
});

test.each([
  [
    'mirror.example',
    'expected an address such as https://huggingface.co for HF_ENDPOINT, but got "mirror.example"',
  ],
  ['file:///x', 'expected an address such as https://huggingface.co for HF_ENDPOINT, but got "file:///x"'],
  ['https://me:secret@mirror.example', 'HF_ENDPOINT holds a password'],
])('HF_ENDPOINT=%s is refused', (host, message) => {
  expect(() => hubSettings({ HF_ENDPOINT: host })).toThrow(message);
});

test.each([
  [{ HF_HUB_OFFLINE: '1' }, 'HF_HUB_OFFLINE'],
  [{ TRANSFORMERS_OFFLINE: 'YES' }, 'TRANSFORMERS_OFFLINE'],
  [{ HF_HUB_OFFLINE: '0', TRANSFORMERS_OFFLINE: '' }, undefined],
])('%o: offline because of %s', (environment, offline) => {
  expect(hubSettings(environment).offline).toBe(offline);
});
