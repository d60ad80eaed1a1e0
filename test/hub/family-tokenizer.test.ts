// A model with a tokenizer of the Llama family: the tokenizer goes through checkpoints and exports as it came.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { startBackend } from '../../src/backends/index.ts';
import { loadCheckpoint, saveCheckpoint } from '../../src/checkpoint/on-disk.ts';
import { exportModel } from '../../src/hub/export.ts';
import { tensorsOf } from '../../src/run/weights.ts';
import { fromJson } from '../../src/tokenizers/from-json.ts';
import { goldenTokenizer } from '../golden/tokenizers.ts';
import { GPT, livelyModel } from '../models/example.ts';
import { FASTEST } from '../on-backends.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
beforeAll(async () => {
  await startBackend(FASTEST.backend, { precision: 'fp32' });
});

it.each(['llama2', 'llama3', 'qwen', 'smollm'])('%s', async (shape) => {
  const { tokenizer: json } = goldenTokenizer(shape);
  const config = { eos_token: '</s>', chat_template: '{{ messages }}', tokenizer_class: 'LlamaTokenizer' };
  const chatTemplate = '{{ messages[0] }}';
  const tokenizer = Object.assign(fromJson(json, shape, config), { chatTemplate });
  const model = { ...GPT, vocabSize: tokenizer.vocabSize };
  const [checkpoint, out] = [join(folder, shape), join(folder, `${shape}-export`)];
  await saveCheckpoint(checkpoint, {
    model,
    parameters: await tensorsOf(livelyModel(model).parameters),
    tokenizer,
    state: {},
  });
  const again = await (await loadCheckpoint(checkpoint, { optimizer: false })).tokenizer();
  expect([again.fingerprint, again.endOfText]).toEqual([tokenizer.fingerprint, tokenizer.endOfText]);
  expect(again.chatTemplate).toBe(chatTemplate);
  await exportModel(checkpoint, out, { format: 'hf' });
  const read = async (file: string) => JSON.parse(await readFile(join(out, file), 'utf8'));
  expect(await read('tokenizer.json')).toEqual(json);
  expect(await read('tokenizer_config.json')).toMatchObject(config);
  expect(await readFile(join(out, 'chat_template.jinja'), 'utf8')).toBe(chatTemplate);
  const [start = tokenizer.endOfText ?? null] = tokenizer.startOfText!;
  expect(await read('generation_config.json')).toMatchObject({ bos_token_id: start });
});
