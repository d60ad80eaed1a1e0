// Fine-tuning begins where the checkpoint stands, with its model and its tokenizer, and forgets how it was made.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import {
  loadTokenizer,
  openText,
  prepareData,
  type RunRequest,
  startRun,
  tokenizerFor,
  UsageError,
} from 'tsgpt';
import { beforeAll, describe, expect, it } from 'vitest';
import { readLog } from '../../src/run/log.ts';
import { FASTEST } from '../on-backends.ts';
import { tsgpt } from '../program.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { courseOf, type Hooks, interruptAt, prepareText, recordOf, run, TEXT } from './tiny.ts';

const root = temporaryFolder();
const BRIEF = { batchSize: 2, maxSteps: 6, evalInterval: 3, evalTokens: 32, checkpointInterval: 2 };
let data: string;
beforeAll(async () => {
  data = await prepareText(root);
});

/** A run whose settings are the checkpoint's and BRIEF. */
function tune(name: string, request: Partial<RunRequest>, hooks?: Hooks) {
  const flags = request.resume ? request.flags : { ...BRIEF, ...request.flags };
  return startRun({ out: join(root, name), data, ...request, flags: flags ?? {} }, FASTEST, hooks);
}

describe.each(['gpt', 'lstm'] as const)('a run from the checkpoint of a %s', (arch) => {
  let base: string;
  beforeAll(async () => {
    base = join(root, arch);
    await run({ out: base, data, arch, flags: { maxSteps: 12 } });
  });

  it('begins at the checkpoint’s loss, with a new optimizer and the defaults of fine-tuning, and learns', async () => {
    const name = `${arch}-tuned`;
    const { best } = await recordOf(base);
    const lowest = Math.min(...readLog(base).flatMap((entry) => ('valLoss' in entry ? [entry.valLoss] : [])));
    const result = await tune(name, { init: base, flags: { maxSteps: 20 } });
    const [first] = readLog(join(root, name));
    expect(first).toMatchObject({ step: 0, valLoss: lowest });
    expect(result.bestValLoss).toBeLessThan(lowest);
    const { init, settings, ...record } = await recordOf(join(root, name));
    const state = JSON.parse(readFileSync(join(base, best!, 'state.json'), 'utf8'));
    expect(record.arch).toBe(arch);
    expect(init).toEqual({
      given: base,
      folder: join(base, best!),
      sha256: state.files['model.safetensors'].sha256,
    });
    expect(settings).toMatchObject({ layers: 1, width: 8, context: 8, dropout: 0.2 });
    expect(settings).toMatchObject({ learningRate: 5e-5, minLearningRate: 0, batchSize: 2 });
  });

  it('with another optimizer has that one’s learning rate', async () => {
    const name = `${arch}-sgd`;
    await tune(name, { init: base, flags: { maxSteps: 1, optimizer: 'sgd' } });
    const { settings } = await recordOf(join(root, name));
    expect(settings).toMatchObject({ optimizer: 'sgd', learningRate: 5e-3, minLearningRate: 0 });
  });

  it('is resumed to the same bits when the checkpoint is gone', async () => {
    const copy = join(root, `${arch}-copy`);
    await cp(base, copy, { recursive: true });
    const init = join(copy, 'step-000012');
    await tune(`${arch}-unbroken`, { init });
    await tune(`${arch}-broken`, { init }, interruptAt(3));
    rmSync(copy, { recursive: true });
    await tune(`${arch}-broken`, { data: undefined, resume: true });
    expect(await courseOf(join(root, `${arch}-broken`))).toEqual(
      await courseOf(join(root, `${arch}-unbroken`)),
    );
  });
});

describe('a run from the checkpoint', () => {
  let init: string;
  beforeAll(async () => {
    const base = join(root, 'base');
    await run({ out: base, data, flags: { maxSteps: 12 } });
    init = join(base, 'step-000012');
    await tune('from-ours', { init });
  });

  it('may have another dropout, and windows shorter than the model’s context, which stays', async () => {
    const flags = { dropout: 0, window: 4, maxSteps: 1 };
    const { tokens } = await tune('window', { init, flags });
    expect(tokens).toBe(2 * 4);
    const config = JSON.parse(readFileSync(join(root, 'window', 'step-000001', 'config.json'), 'utf8'));
    expect(config).toMatchObject({ n_positions: 8, resid_pdrop: 0 });
    const short = tune('no-window', { init, flags: { window: 9 } });
    await expect(short).rejects.toThrow(
      'expected a whole number up to the context, 8, for window, but got 9',
    );
  });

  it('of a plain Hugging Face folder ends as one from ours', async () => {
    const plain = join(root, 'plain');
    mkdirSync(plain);
    for (const name of ['config.json', 'model.safetensors', 'tokenizer.json'])
      await cp(join(init, name), join(plain, name));
    await tune('from-plain', { init: plain });
    expect(await courseOf(join(root, 'from-plain'))).toEqual(await courseOf(join(root, 'from-ours')));
    const [one, other] = await Promise.all(
      ['from-plain', 'from-ours'].map((name) => recordOf(join(root, name))),
    );
    expect(one!.init!.sha256).toBe(other!.init!.sha256);
  });

  it('that is resumed before its first save begins again, unless the checkpoint is another now', async () => {
    const source = join(root, 'source');
    await cp(init, source, { recursive: true });
    await tune('early', { init: source }, interruptAt(1));
    for (const name of ['step-000000', 'step-000001']) rmSync(join(root, 'early', name), { recursive: true });
    await cp(join(root, 'early'), join(root, 'late'), { recursive: true });
    await tune('early', { data: undefined, resume: true });
    expect(await courseOf(join(root, 'early'))).toEqual(await courseOf(join(root, 'from-ours')));
    await cp(join(root, 'from-ours', 'step-000006'), source, { recursive: true });
    await expect(tune('late', { resume: true })).rejects.toThrow(
      `${source} has changed since the run began with it`,
    );
  });

  it.each([
    [{ flags: { width: '16', heads: 2 } }, 'width is 8, not 16'],
    [{ file: { context: 4, dropout: 0 } }, 'context is 8, not 4'],
    [{ preset: 'baby' }, 'layers is 1, not 4; heads is 2, not 4; width is 8, not 128; context is 8, not 64'],
    [{ arch: 'lstm' as const }, 'arch is gpt, not lstm'],
  ])('refuses another model: %j', async (request, difference) => {
    const error = await tune('refused', { init, ...request }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({
      message: `a run that begins with ${init} has its model, but: ${difference}`,
      hint: expect.stringContaining('--window'),
    });
  });

  it('refuses tokens of another tokenizer, and says how to prepare the text, which works', async () => {
    const text = join(root, 'other.txt');
    writeFileSync(text, TEXT.replaceAll('sea', 'see'));
    const bytes = join(root, 'bytes');
    const source = await openText([text]);
    await prepareData({
      source,
      tokenizer: await tokenizerFor('byte', source),
      out: bytes,
      valFraction: 0.1,
      seed: 1,
    });
    const error = await tune('refused', { init, data: bytes }).catch((e: unknown) => e);
    const prepared = join(root, 'prepared');
    expect(error).toMatchObject({
      message: expect.stringContaining(`but ${bytes} was prepared with byte`),
      hint: expect.stringContaining(`tsgpt prepare <text> --tokenizer ${init} --out <folder>`),
    });
    expect(await tsgpt(['prepare', text, '--tokenizer', init, '--out', prepared])).toMatchObject({ code: 0 });
    await tune('prepared-for', { init, data: prepared, flags: { maxSteps: 1 } });
    const saved = await loadTokenizer(join(root, 'prepared-for', 'step-000001'));
    expect(saved.fingerprint).toBe((await loadTokenizer(init)).fingerprint);
  });
});
