// tsgpt import, and what a user does next with what it saved.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { FakeHub } from '../hub/fake-hub.ts';
import { copyTiny, TINY } from '../hub/golden.ts';
import { type Ended, notInstalled, tsgpt } from '../program.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { tsgptHere } from './in-process.ts';

const cwd = temporaryFolder();
beforeAll(async () => {
  await copyTiny(join(cwd, 'models/tiny'), { 'onnx/model.onnx': 'onnx/model.onnx' });
});

const run = (words: string, input = '') => tsgpt(words.split(' '), { cwd, input });

function json({ code, stdout, stderr }: Ended) {
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  return JSON.parse(stdout);
}

describe('tsgpt import', () => {
  it('saves a folder’s model under its name, ready to sample, to measure and to train on', async () => {
    const imported = await run('import models/tiny --json');
    expect(json(imported)).toEqual({
      model: 'models/tiny',
      folder: 'checkpoints/tiny',
      parameters: 36_096,
      files: ['config.json', 'onnx/model.onnx', 'tokenizer.json'].map((name) => `models/tiny/${name}`),
      tokenizer: 'tiny',
      notes: [],
    });
    expect(imported.stderr).toContain('tensor 28 of 28: ln_f.bias');
    const sampled = await run('sample checkpoints/tiny --prompt the --temperature 0 --max-tokens 5 --json');
    expect(json(sampled)).toMatchObject({ checkpoint: 'checkpoints/tiny', prompt: 'the' });

    const text = 'the old dog sat by the door. '.repeat(40);
    await run('prepare - --tokenizer checkpoints/tiny --out data/text --val-fraction 0.5', text);
    const evaluated = json(await run('eval checkpoints/tiny --data data/text --json'));
    const words =
      'train --init checkpoints/tiny --data data/text --out checkpoints/more --layers 2 --heads 4 --width 32 --context 32 --max-steps 2 --batch-size 2 --json';
    json(await run(words));
    const log = await readFile(join(cwd, 'checkpoints/more/log.jsonl'), 'utf8');
    const { valLoss } = JSON.parse(log.split('\n')[0]!);
    expect(valLoss).toBeCloseTo(evaluated.loss, 4); // before the first step it is the same model
  });

  it('saves a file’s model under the name of its folder, or under one that is given', async () => {
    const text = await run('import models/tiny/onnx/model.onnx');
    expect(text.stdout).toMatch(/^model +models\/tiny\/onnx\/model.onnx: 36,096 parameters\n/);
    expect(text.stdout).toMatch(/\nnext +tsgpt sample checkpoints\/tiny --prompt/);
    expect(json(await run('import models/tiny/onnx/model.onnx --out a/b --json'))).toMatchObject({
      folder: 'a/b',
    });
  });

  it.each([
    ['with transformers.js', undefined],
    ['without transformers.js', notInstalled('@xenova/transformers')],
  ])('%s: a repository on the hub, and another time without the hub', async (installed, preload) => {
    const hub = new FakeHub();
    await hub.start();
    const env = { HF_ENDPOINT: hub.url, TSGPT_CACHE: join(cwd, installed) };
    const offer = async (file: string, from: string) =>
      hub.files.set(`someone/gpt-tiny/main/${file}`, await readFile(join(TINY, from)));
    await offer('config.json', 'config.json');
    await offer('tokenizer.json', 'tokenizer.json');
    await offer('model.safetensors', 'other/f16.safetensors');
    const words = ['import', 'someone/gpt-tiny', '--json'];
    try {
      const first = await tsgpt(words, { cwd, env, preload });
      expect(json(first)).toMatchObject({ model: 'someone/gpt-tiny', folder: 'checkpoints/gpt-tiny' });
      expect(first.stderr).toMatch(/downloading ░+ 0 B of 9\d\.\d KiB · 0 B\/s · config.json/);
      hub.take();
      const offline = { ...env, HF_HUB_OFFLINE: '1' };
      expect(json(await tsgpt(words, { cwd, env: offline, preload }))).toEqual(json(first));
      expect(hub.take()).toEqual([]);
    } finally {
      await hub.stop();
    }
  });

  it.each([
    ['import ./none', 2, 'there is no file or folder ./none, and it is no id on the hub'],
    ['import a/b/c', 2, 'there is no file or folder a/b/c'],
    ['import models/tiny --revision main', 2, '--revision main does not go with models/tiny'],
    ['import models', 1, 'models has no weights that tsgpt can read: looked for model.safetensors'],
    ['import models/tiny --out models', 2, 'models is there already, and is not a model that was imported'],
  ])('tsgpt %s is refused', async (words, code, says) => {
    const ended = await tsgptHere(words.split(' '), cwd);
    expect([ended.code, ended.stdout]).toEqual([code, '']);
    expect(ended.stderr).toContain(`error: ${says}`);
  });
});
