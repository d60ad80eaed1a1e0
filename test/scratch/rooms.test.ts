// The measure of an open house: an architecture and a task of one folder and an optimizer of one file, each added by one line in
// its list to a copy of the source, show in --help, train, resume, sample, compare and export, with no other file changed.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as ort from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { ARCHS } from '../../src/architectures/list.ts';
import { tsgptHere } from '../commands/in-process.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HERE = fileURLToPath(new URL('.', import.meta.url));
const PROGRAM_FILES = ['src', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];
/** What is built of no file that the rooms change. */
const BUNDLES = ['dist/tfjs/node', 'dist/report'];

const copy = temporaryFolder();

/** The files of the scratch room refer to src from here; in the copy they are inside of it. */
function moveIn(from: string, to: string, upwards: string): void {
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(
    to,
    readFileSync(from, 'utf8')
      .replaceAll(/'(\.\.\/)+src\//g, `'${upwards}`)
      .replaceAll("'../neighbours/", "'../../architectures/neighbours/"),
  );
}

function addRoom(kind: string, name: string): void {
  for (const file of readdirSync(join(HERE, name)))
    moveIn(join(HERE, name, file), join(copy, 'src', kind, name, file), '../../');
}

/** One line more, and the import that it needs. */
function addToList(file: string, pattern: RegExp, name: string, from: string): void {
  const path = join(copy, file);
  const source = readFileSync(path, 'utf8');
  expect(source).toMatch(pattern);
  const listed = source.replace(pattern, (list) => list.replace(/,?\s*\];$/, `, ${name}];`));
  writeFileSync(path, listed.replace(/^import /m, `import { ${name} } from '${from}';\nimport `));
}

/** The copy's command line. */
let main: (words: readonly string[]) => Promise<void>;

/** What it prints; its error is thrown. */
async function tsgpt(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await tsgptHere(words, copy, main);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

const json = async (...words: string[]) => JSON.parse(await tsgpt(...words, '--json'));

beforeAll(async () => {
  for (const path of PROGRAM_FILES) cpSync(join(ROOT, path), join(copy, path), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  for (const name of ['bigram', 'neighbours']) {
    addRoom('architectures', name);
    addToList('src/architectures/list.ts', /ARCHITECTURES: .* = \[[^\]]*\];$/m, name, `./${name}/index.ts`);
  }
  addRoom('tasks', 'gaps');
  addToList('src/tasks/list.ts', /TASKS: .* = \[.*\];$/m, 'gaps', './gaps/index.ts');
  moveIn(join(ROOT, 'test/optimizers/sign-sgd.ts'), join(copy, 'src/optimizers/sign-sgd.ts'), '../');
  addToList('src/optimizers/list.ts', /OPTIMIZERS: .* = \[.*\];$/m, 'signsgd', './sign-sgd.ts');
  const tsc = join(ROOT, 'node_modules/.bin/tsc');
  execFileSync(tsc, ['-p', 'tsconfig.build.json'], { cwd: copy, stdio: ['ignore', 2, 2] });
  for (const path of BUNDLES) cpSync(join(ROOT, path), join(copy, path), { recursive: true });
  ({ run: main } = await import(pathToFileURL(join(copy, 'dist/commands/program.js')).href));
  const text = 'the cat sat on the mat and the dog sat on the log. '.repeat(60);
  writeFileSync(join(copy, 'text.txt'), text);
  await tsgpt('prepare', 'text.txt', '--tokenizer', 'char', '--out', 'data');
});

const SHORT = ['--data', 'data', '--backend', 'plain', '--batch-size', '4', '--eval-tokens', '64'];

describe('a scratch architecture', () => {
  const train = (out: string, steps: number, ...more: string[]) =>
    json(
      'train',
      ...SHORT,
      '--arch',
      'bigram',
      '--context',
      '8',
      '--learning-rate',
      '0.03',
      '--schedule',
      'constant',
      '--warmup-steps',
      '0',
      '--max-steps',
      `${steps}`,
      '--out',
      out,
      ...more,
    );

  it('shows in --help, with its settings and presets', async () => {
    const help = await tsgpt('train', '--help');
    expect(help.replaceAll(/\s+/g, ' ')).toContain(`--arch <name> ${[...ARCHS, 'bigram'].join(' or ')}`);
    expect(help).toMatch(/--tilt <n> +added to each logit \(bigram\)/);
    expect(help).toMatch(/little +bigram: as small as can be/);
    expect(await tsgpt('compare', '--help')).toContain('bigram');
  });

  it('refuses settings that it lacks, and lends none of its own', async () => {
    await expect(tsgpt('train', ...SHORT, '--arch', 'bigram', '--heads', '2', '--out', 'x')).rejects.toThrow(
      'bigram has no setting heads',
    );
    await expect(tsgpt('train', ...SHORT, '--tilt', '2', '--out', 'x')).rejects.toThrow(
      'gpt has no setting tilt',
    );
  });

  it('trains, is measured, and resumes to the bits of a run that never stopped', async () => {
    const whole = await train('whole', 60);
    expect(whole.bestValLoss).toBeLessThan(1.5); // 14 kinds: 2.6 at first
    await train('parts', 30);
    await json('train', '--out', 'parts', '--resume', '--max-steps', '60');
    const weights = (run: string) => readFileSync(join(copy, run, 'step-000060/model.safetensors'));
    expect(weights('parts').equals(weights('whole'))).toBe(true);
    expect((await json('eval', 'whole', '--backend', 'plain')).loss).toBeLessThan(1.5);
    expect((await json('summary', 'whole')).parameters).toBe(2 * 14 * 128 + 14);
  });

  it('samples', async () => {
    const { samples } = await json(
      'sample',
      'whole',
      '--backend',
      'plain',
      '--prompt',
      'the ',
      '--max-tokens',
      '20',
      '--temperature',
      '0',
    );
    expect(samples[0].tokens).toHaveLength(20);
  });

  it('compares, with as many parameters as the first', async () => {
    const { entries } = await json(
      'compare',
      ...SHORT,
      '--archs',
      'gpt,bigram',
      '--budget-tokens',
      '3000',
      '--layers',
      '1',
      '--width',
      '16',
      '--context',
      '8',
      '--out',
      'compared',
    );
    const [first, second] = entries;
    expect(second).toMatchObject({ arch: 'bigram', shape: expect.stringMatching(/^width \d+, context 8$/) });
    expect(Math.abs(second.parameters / first.parameters - 1)).toBeLessThan(0.02);
  });

  it('exports to ONNX that onnxruntime runs', async () => {
    await json('export', 'whole', '--format', 'onnx', '--out', 'exported');
    const session = await ort.InferenceSession.create(join(copy, 'exported/onnx/model.onnx'));
    const ids = new ort.Tensor('int64', BigInt64Array.of(1n, 2n, 3n), [1, 3]);
    const { logits } = await session.run({ input_ids: ids });
    expect(logits!.dims).toEqual([1, 3, 14]);
    await expect(tsgpt('export', 'whole', '--format', 'hf', '--out', 'other')).rejects.toThrow(
      'Hugging Face knows no model of the kind bigram',
    );
  });
});

describe('a scratch optimizer', () => {
  it('shows in --help, trains and resumes to the same bits', async () => {
    expect(await tsgpt('train', '--help')).toMatch(
      /--optimizer <name> +adamw, sgd, rmsprop, lion, muon, signsgd/,
    );
    const train = (out: string, steps: number) =>
      json(
        'train',
        ...SHORT,
        '--optimizer',
        'signsgd',
        '--layers',
        '1',
        '--width',
        '16',
        '--context',
        '8',
        '--schedule',
        'constant',
        '--warmup-steps',
        '0',
        '--max-steps',
        `${steps}`,
        '--out',
        out,
      );
    await train('signs', 20);
    await train('signs-parts', 10);
    await json('train', '--out', 'signs-parts', '--resume', '--max-steps', '20');
    const weights = (run: string) => readFileSync(join(copy, run, 'step-000020/model.safetensors'));
    expect(weights('signs-parts').equals(weights('signs'))).toBe(true);
  });
});

describe('a scratch task, and an architecture that learns it', () => {
  const train = (out: string, steps: number) =>
    json(
      'train',
      ...SHORT,
      '--arch',
      'neighbours',
      '--context',
      '8',
      '--total-batch-tokens',
      '64',
      '--learning-rate',
      '0.03',
      '--schedule',
      'constant',
      '--warmup-steps',
      '0',
      '--max-steps',
      `${steps}`,
      '--out',
      out,
    );

  it('trains on masked tokens, and resumes to the same bits', async () => {
    expect((await train('masks', 60)).bestValLoss).toBeLessThan(1); // 14 kinds: 2.6 at first
    await train('masks-parts', 30);
    await json('train', '--out', 'masks-parts', '--resume', '--max-steps', '60');
    const weights = (run: string) => readFileSync(join(copy, run, 'step-000060/model.safetensors'));
    expect(weights('masks-parts').equals(weights('masks'))).toBe(true);
    expect(readFileSync(join(copy, 'masks/log.jsonl'), 'utf8')).not.toContain('bitsPerByte');
  });

  it('is measured in its own way, by its own flag', async () => {
    expect(await tsgpt('eval', '--help')).toMatch(/--every <n> +masks every so many tokens/);
    const { tokens, right } = await json('eval', 'masks', '--backend', 'plain', '--every', '4');
    expect(tokens).toBeGreaterThan(70); // of 300
    expect(right).toBeGreaterThan(0.7);
    expect(await tsgpt('eval', 'masks', '--backend', 'plain')).toMatch(
      /loss +0\.\d+ nats per masked token\nright +\d+ %/,
    );
    await expect(tsgpt('eval', 'masks', '--stride', '4')).rejects.toThrow('--stride means nothing to gaps');
    await expect(tsgpt('eval', 'masks', '--every', '1')).rejects.toThrow('expected');
  });

  it('is compared by its own figures', async () => {
    const options = ['--archs', 'neighbours', '--budget-tokens', '3000', '--context', '8', '--out', 'masked'];
    const { entries } = await json('compare', ...SHORT, ...options, '--match', 'none');
    expect(entries[0].runs[0].figures.map(({ label }: { label: string }) => label)).toEqual([
      'loss',
      'right',
    ]);
  });

  it('says that it writes no text', async () => {
    await expect(tsgpt('sample', 'masks')).rejects.toThrow(
      'a model of neighbours learns gaps, and writes no text',
    );
  });
});
