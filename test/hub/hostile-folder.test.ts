// A folder of the Llama family with a damaged config.json, index or tokenizer: an error of ours that names the file, or a model.
import { readFileSync } from 'node:fs';
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/architectures/config-file.ts';
import { TsgptError } from '../../src/base/errors.ts';
import { importModel } from '../../src/hub/import.ts';
import { openWeights } from '../../src/hub/open-weights.ts';
import { parametersOf } from '../../src/hub/parameters.ts';
import { openShards } from '../../src/hub/shards.ts';
import { hurtCopies } from '../base/hurt.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { damaged } from '../tokenizers/damaged.ts';
import { golden, TINY } from './golden.ts';

const folder = temporaryFolder();

/** Its message, which names one of the files; nothing where nothing is wrong. */
async function complaint(read: () => unknown, ...files: string[]): Promise<string | undefined> {
  try {
    await read();
  } catch (error) {
    expect(error).toBeInstanceOf(TsgptError);
    const { message } = error as TsgptError;
    expect(files.some((file) => message.includes(file))).toBe(true);
    return message;
  }
  return undefined;
}

describe.each(['llama', 'mistral', 'qwen2', 'gemma3_text'])('a %s', (kind) => {
  const file = golden(`llama-hub/${kind}/config.json`);
  const weightsFile = golden(`llama-hub/${kind}/model.safetensors`);
  const text = readFileSync(file, 'utf8');

  it('whose config.json is another one', async () => {
    const weights = await openWeights(weightsFile, {});
    await fc.assert(
      fc.asyncProperty(damaged, async (damage) => {
        const json = JSON.parse(text);
        damage(json);
        const read = () => parametersOf(weights, parseConfig(JSON.stringify(json), file), weightsFile);
        await complaint(read, file, weightsFile);
      }),
      { numRuns: 300, seed: 1 },
    );
    await weights.close();
  });

  it('whose config.json is hurt', async () => {
    await fc.assert(
      fc.asyncProperty(hurtCopies(Buffer.from(text)), async ({ bytes }) => {
        await complaint(() => parseConfig(bytes.toString(), file), file);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it.each([
    ['num_hidden_layers', 2 ** 50],
    ['vocab_size', 2 ** 50],
    ['hidden_size', 2 ** 52],
    ['head_dim', 2 ** 52],
    ['num_attention_heads', 2 ** 40],
  ])('that claims a %s of %d', async (key, value) => {
    const weights = await openWeights(weightsFile, {});
    const config = JSON.stringify({ ...JSON.parse(text), layer_types: null, [key]: value });
    const read = () => parametersOf(weights, parseConfig(config, file), weightsFile);
    expect(await complaint(read, file, weightsFile)).toBeDefined();
    await weights.close();
  });
});

describe('a model in several files', () => {
  const shards = join(folder, 'shards');
  const index = join(shards, 'model.safetensors.index.json');
  beforeAll(() => cp(golden('llama-hub/qwen3'), shards, { recursive: true }));

  it('whose index is another one, or hurt', async () => {
    const text = readFileSync(golden('llama-hub/qwen3/model.safetensors.index.json'), 'utf8');
    const changed = damaged.map((damage) => {
      const json = JSON.parse(text);
      damage(json);
      return Buffer.from(JSON.stringify(json));
    });
    const hurt = hurtCopies(Buffer.from(text)).map(({ bytes }) => bytes);
    await fc.assert(
      fc.asyncProperty(fc.oneof(changed, hurt), async (bytes) => {
        await writeFile(index, bytes);
        await complaint(async () => (await openShards(index)).close(), shards);
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});

it('a shorter context is asked for where the model claims more layers than there are', async () => {
  const source = join(folder, 'layers');
  await rm(source, { recursive: true, force: true });
  await cp(golden('llama-hub/llama'), source, { recursive: true });
  await cp(join(TINY, 'tokenizer.json'), join(source, 'tokenizer.json'));
  const config = JSON.parse(readFileSync(join(source, 'config.json'), 'utf8'));
  await writeFile(join(source, 'config.json'), JSON.stringify({ ...config, num_hidden_layers: 2 ** 50 }));
  const refused = importModel(source, join(folder, 'never'), { context: 8 });
  await expect(refused).rejects.toThrow('has no tensor layers.2.');
});
