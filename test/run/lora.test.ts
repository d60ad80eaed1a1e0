// LoRA runs: they begin as the base, leave it as it is, save little, go on to the same bits, and give a whole model.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { byteLengths, evaluate, openDataset, openModel, type RunRequest, TsgptError } from 'tsgpt';
import { beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors } from '../../src/base/safetensors-disk.ts';
import { loadCheckpoint } from '../../src/checkpoint/on-disk.ts';
import { readLog } from '../../src/run/log.ts';
import { ENGINES, GPUS, missing, missingGpu } from '../on-backends.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { TOLERANCE } from '../tolerances.ts';
import { courseOf, interruptAt, prepareText, recordOf, run, weightsOf } from './tiny.ts';

const root = temporaryFolder();
const base = join(root, 'base');
const shape = { layers: 2, width: 32, dropout: 0 };
const flags = { ...shape, loraRank: 2, loraAlpha: 6, maxSteps: 16 };
let data: string;
beforeAll(async () => {
  data = await prepareText(root);
  await run({ out: base, data, flags: { ...shape, maxSteps: 12 } });
});

function tune(name: string, request: Partial<RunRequest> = {}, ...more: [object?, object?]) {
  const own = request.resume ? request.flags : { ...flags, ...request.flags };
  return run({ out: join(root, name), data, init: base, ...request, ...(own && { flags: own }) }, ...more);
}

function lowestLoss(out: string): number {
  return Math.min(...readLog(out).flatMap((entry) => ('valLoss' in entry ? [entry.valLoss] : [])));
}

for (const reason of [missing, missingGpu]) if (reason) it.skip(reason, () => {});

describe.each(ENGINES)('a LoRA run on $name', (engine) => {
  const name = engine.name;
  const init = join(root, `${name} base`);
  const keen = { learningRate: 0.03, loraTargets: 'c_*' };

  beforeAll(async () => {
    await run({ out: init, data, flags: { ...shape, maxSteps: 12 } }, {}, engine);
    await tune(name, { init, overfitOneBatch: true, flags: keen }, {}, engine);
  });

  it('begins at the base’s loss, and learns', () => {
    const log = readLog(join(root, name));
    expect(log[0]).toMatchObject({ step: 0, valLoss: lowestLoss(init) });
    const losses = log.flatMap((entry) => ('loss' in entry ? [Number(entry.loss)] : []));
    expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.15);
  });

  it('goes on to the same bits after interruptions', async () => {
    await tune(`${name} broken`, { init, overfitOneBatch: true, flags: keen }, interruptAt(5), engine);
    await tune(`${name} broken`, { init: undefined, resume: true }, interruptAt(6), engine);
    await tune(`${name} broken`, { init: undefined, resume: true }, {}, engine);
    expect(await courseOf(join(root, `${name} broken`))).toEqual(await courseOf(join(root, name)));
  });
});

it.each(GPUS)('a LoRA run on $name goes on to the same bits after an interruption', async (engine) => {
  const init = join(root, 'small base');
  const small = { ...flags, layers: 1, width: 8, maxSteps: 5, loraTargets: 'c_attn' };
  await run({ out: init, data, flags: { layers: 1, width: 8, dropout: 0, maxSteps: 2 } });
  await tune('small', { init, flags: small }, {}, engine);
  await tune('small broken', { init, flags: small }, interruptAt(3), engine);
  await tune('small broken', { init: undefined, resume: true }, {}, engine);
  expect(await courseOf(join(root, 'small broken'))).toEqual(await courseOf(join(root, 'small')));
  const [begun] = readLog(join(root, 'small'));
  expect(begun).toMatchObject({ valLoss: expect.closeTo(lowestLoss(init), 4) });
});

describe('a LoRA run', () => {
  const out = join(root, 'tuned');
  const last = join(out, 'step-000016');
  beforeAll(async () => {
    await tune('tuned', { flags: { keepLast: 99, loraTargets: ['c_attn', 'h.1.mlp.c_proj'] } });
  });

  it('holds as its first checkpoint the base’s weights, to the bit, and changes only what it was told to', async () => {
    const [before, first, after] = await Promise.all([base, join(out, 'step-000000'), last].map(weightsOf));
    expect(first).toEqual(before);
    const changed = [...before!.keys()].filter((name) => before!.get(name) !== after!.get(name));
    expect(changed).toEqual(['h.0.attn.c_attn.weight', 'h.1.attn.c_attn.weight', 'h.1.mlp.c_proj.weight']);
  });

  it('gives a model that computes, merged, what it computed in training', async () => {
    const { model, tokenizer } = await openModel(out, 'last');
    const dataset = openDataset(data, 'tokens');
    const { loss } = await evaluate(model, dataset.val, {
      byteLength: byteLengths(tokenizer),
      maxTokens: 32,
    });
    dataset.close();
    model.dispose();
    const logged = readLog(out).findLast((entry) => 'valLoss' in entry);
    expect(logged).toMatchObject({ step: 16 });
    expect(Math.abs(loss / Reflect.get(logged!, 'valLoss') - 1)).toBeLessThan(TOLERANCE.model);
  });

  it('saves the adapter in PEFT’s form, and no weights of the base', async () => {
    expect(readdirSync(last).sort()).toEqual([
      'adapter_config.json',
      'adapter_model.safetensors',
      'meta.json',
      'optimizer.safetensors',
      'state.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const { init, best } = await recordOf(out);
    const modules = ['h.0.attn.c_attn', 'h.1.attn.c_attn', 'h.1.mlp.c_proj'];
    expect(JSON.parse(readFileSync(join(last, 'adapter_config.json'), 'utf8'))).toMatchObject({
      peft_type: 'LORA',
      task_type: 'CAUSAL_LM',
      base_model_name_or_path: init!.folder,
      r: 2,
      lora_alpha: 6,
      target_modules: modules,
      fan_in_fan_out: true,
      bias: 'none',
    });
    const { tensors, close } = await openSafetensors(join(last, 'adapter_model.safetensors'));
    await close();
    const prefix = 'base_model.model.transformer';
    expect([...tensors].map(([name, { shape }]) => [name, shape])).toEqual([
      [`${prefix}.h.0.attn.c_attn.lora_A.weight`, [2, 32]],
      [`${prefix}.h.0.attn.c_attn.lora_B.weight`, [96, 2]],
      [`${prefix}.h.1.attn.c_attn.lora_A.weight`, [2, 32]],
      [`${prefix}.h.1.attn.c_attn.lora_B.weight`, [96, 2]],
      [`${prefix}.h.1.mlp.c_proj.lora_A.weight`, [2, 128]],
      [`${prefix}.h.1.mlp.c_proj.lora_B.weight`, [32, 2]],
    ]);
    const size = (folder: string, file: string) => statSync(join(folder, file)).size;
    const whole = size(init!.folder, 'model.safetensors');
    expect(size(join(out, best!), 'adapter_model.safetensors')).toBeLessThan(whole / 20);
    expect(size(join(out, best!), 'optimizer.safetensors')).toBeLessThan(whole / 10);
  });

  it('can be the base of a run of all weights, and of another LoRA run', async () => {
    await tune('whole', {
      init: out,
      flags: { loraRank: undefined, loraAlpha: undefined, maxSteps: 1, keepLast: 9 },
    });
    await tune('twice', { init: out, flags: { maxSteps: 4, keepLast: 9 } });
    const best = await weightsOf(out);
    expect(await weightsOf(join(root, 'whole', 'step-000000'))).toEqual(best);
    expect(await weightsOf(join(root, 'twice', 'step-000000'))).toEqual(best);
    expect(readdirSync(join(root, 'whole', 'step-000001'))).toContain('model.safetensors');
    const twice = await weightsOf(join(root, 'twice', 'step-000004'));
    expect(twice).not.toEqual(best);
    expect(twice.get('h.1.mlp.c_proj.weight')).toEqual(best.get('h.1.mlp.c_proj.weight'));
  });

  it('is trained on as it is, from its own last weights, to the same bits after an interruption', async () => {
    const asItIs = { loraRank: undefined, loraAlpha: undefined, loraContinue: true };
    const on = { init: last, flags: { ...asItIs, maxSteps: 4, keepLast: 9 } };
    await tune('further', on);
    await tune('further broken', on, interruptAt(2));
    await tune('further broken', { init: undefined, resume: true });
    expect(await courseOf(join(root, 'further broken'))).toEqual(await courseOf(join(root, 'further')));
    const [before, first, after] = await Promise.all(
      [last, join(root, 'further', 'step-000000'), join(root, 'further', 'step-000004')].map(weightsOf),
    );
    expect(first).toEqual(before);
    const changed = [...before!.keys()].filter((name) => before!.get(name) !== after!.get(name));
    expect(changed).toEqual(['h.0.attn.c_attn.weight', 'h.1.attn.c_attn.weight', 'h.1.mlp.c_proj.weight']);
    const [old, now] = [last, join(root, 'further', 'step-000004')].map((folder) =>
      JSON.parse(readFileSync(join(folder, 'adapter_config.json'), 'utf8')),
    );
    expect(now).toEqual(old);
  });

  it.each<[object, string, string]>([
    [{ loraContinue: true }, 'base', 'holds no adapter to train on'],
    [{ loraContinue: true, loraRank: 2 }, 'tuned', '--lora-continue trains on an adapter as it is'],
    [{ loraContinue: true, freeze: 'wte' }, 'tuned', '--freeze does not go with --lora-continue'],
  ])('with %j from %s is refused', async (given, init, message) => {
    const refused = run({
      out: join(root, 'refused'),
      data,
      init: join(root, init),
      flags: { ...shape, ...given },
    });
    await expect(refused).rejects.toThrow(message);
  });

  it('is refused with another adapter on resuming', async () => {
    const resumed = tune('tuned', {
      init: undefined,
      resume: true,
      flags: { loraRank: 3, loraTargets: 'c_fc' },
    });
    await expect(resumed).rejects.toThrow(
      'loraRank was 2, now 3; loraTargets was c_attn,h.1.mlp.c_proj, now c_fc',
    );
  });

  it.each([
    [{ loraTargets: 'c_atn' }, '--lora-targets "c_atn" fits no name', 'did you mean c_attn?'],
    [{ freeze: 'wte' }, '--freeze does not go with --lora-rank', '--lora-targets'],
  ])('is refused with %j', async (wrong, message, hint) => {
    const error = await tune('wrong', { flags: wrong }).catch((e: unknown) => e);
    expect(error).toMatchObject({
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
      exitCode: 2,
    });
  });

  it('is refused on an LSTM', async () => {
    const lstm = join(root, 'lstm');
    await run({ out: lstm, data, arch: 'lstm', flags: { ...shape, maxSteps: 1 } });
    const error = await tune('wrong', { init: lstm, arch: 'lstm' }).catch((e: unknown) => e);
    expect(error).toMatchObject({
      message: 'models of the kind LSTM take no LoRA adapter',
      exitCode: 2,
    });
  });
});

describe('an adapter’s base', () => {
  /** A tree of its own with a base and an adapter of one step. */
  async function tree(name: string): Promise<{ home: string; adapter: string; source: string }> {
    const home = join(root, name);
    const init = join(home, 'source', 'step-000012');
    await cp(join(base, 'step-000012'), init, { recursive: true });
    await run({ out: join(home, 'run'), data, init, flags: { ...flags, maxSteps: 1 } });
    return { home, adapter: join(home, 'run', 'step-000001'), source: init };
  }

  it('is found where both were moved', async () => {
    const { home, adapter } = await tree('before');
    const values = await weightsOf(adapter);
    renameSync(home, join(root, 'after'));
    mkdirSync(home); // another one lies there now
    expect(await weightsOf(join(root, 'after', 'run', 'step-000001'))).toEqual(values);
    await run({ out: join(root, 'after', 'run'), resume: true });
  });

  it('is found where only the adapter was moved', async () => {
    const { home, adapter } = await tree('stays');
    const values = await weightsOf(adapter);
    const moved = join(root, 'elsewhere', 'deep', 'down');
    await cp(join(home, 'run'), moved, { recursive: true });
    rmSync(join(home, 'run'), { recursive: true });
    expect(await weightsOf(join(moved, 'step-000001'))).toEqual(values);
  });

  it('is missed, with where it should lie', async () => {
    const { adapter, source } = await tree('loses');
    renameSync(source, `${source}-away`);
    const error = await openModel(adapter).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(TsgptError);
    expect(error).toMatchObject({
      message: `${adapter} is an adapter of another checkpoint’s weights, and that is not at ${source}`,
      hint: `put the checkpoint that it was trained from, or a link to it, at ${source}`,
    });
    await cp(join(base, 'step-000010'), source, { recursive: true });
    await expect(openModel(adapter)).rejects.toThrow(
      `${adapter} is an adapter of other weights than those in ${source}`,
    );
    rmSync(source, { recursive: true });
    renameSync(`${source}-away`, source);
    await expect(loadCheckpoint(adapter, { optimizer: true })).resolves.toBeDefined();
  });

  it('that was damaged is named, and so is the adapter', async () => {
    const { adapter, source } = await tree('damaged');
    for (const [folder, file] of [
      [source, 'model.safetensors'],
      [adapter, 'adapter_model.safetensors'],
      [adapter, 'adapter_config.json'],
    ] as const) {
      const bytes = readFileSync(join(folder, file));
      bytes[bytes.length >> 1]! ^= 1;
      writeFileSync(join(folder, file), bytes);
      await expect(openModel(adapter)).rejects.toThrow(
        `checkpoint ${folder} is damaged: ${file} has changed since it was saved`,
      );
    }
  });

  it('is unknown where Python made the adapter, which is refused', async () => {
    const { adapter } = await tree('python');
    for (const file of ['state.json', 'optimizer.safetensors']) rmSync(join(adapter, file));
    await expect(openModel(adapter)).rejects.toThrow(`${adapter} holds an adapter that tsgpt did not make`);
  });
});
