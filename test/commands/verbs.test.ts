// The verbs doing their work, one after another as a user would: text, tokens, training, samples, measures. Each is started
// as a process once, and where it reads standard input; what else it does is asked of it in the test's own.
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Ended, tsgpt } from '../program.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { tsgptHere } from './in-process.ts';
import { prepareStories, trainTiny } from './tiny.ts';

const cwd = temporaryFolder();
let prepared: Ended;
let trained: { gpt: Ended; lstm: Ended };

beforeAll(async () => {
  prepared = await prepareStories(cwd);
  const [gpt, lstm] = await Promise.all([
    trainTiny(cwd, 'runs/gpt', '--json'),
    trainTiny(cwd, 'runs/lstm', '--arch', 'lstm', '--precision', 'fp32'),
  ]);
  trained = { gpt, lstm };
});

const run = (words: string, input = '') => tsgpt(words.split(' '), { cwd, input });
const here = (words: string) => tsgptHere(words.split(' '), cwd);

/** What a verb that was given --json says: one object on one line, and nothing else on stdout. */
function json({ code, stdout }: Ended) {
  expect([code, stdout.indexOf('\n')]).toEqual([0, stdout.length - 1]);
  const value = JSON.parse(stdout);
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  return value;
}

const readJson = async (path: string) => JSON.parse(await readFile(join(cwd, path), 'utf8'));

describe('prepare', () => {
  it('prints meta.json with --json, and the token files have the tokens that it tells', async () => {
    const meta = json(prepared);
    expect(meta).toEqual({ ...(await readJson('data/stories/meta.json')), out: 'data/stories' });
    for (const split of ['train', 'val']) {
      const { size } = await stat(join(cwd, `data/stories/${split}.bin`));
      expect(size).toBe(2 * meta.splits[split].tokens);
    }
    expect(prepared.stderr).toContain('encoding');
  });

  it('takes the tokenizer of a run’s best checkpoint', async () => {
    const meta = json(
      await run('prepare - --tokenizer runs/gpt --out data/again --json', 'The old dog. '.repeat(30)),
    );
    expect(meta.tokenizer.fingerprint).toBe(json(prepared).tokenizer.fingerprint);
    const shown = json(await here('tokenizer show runs/gpt --json'));
    expect(shown.fingerprint).toBe(meta.tokenizer.fingerprint);
  });

  const TEXT = 'The old dog sat by the door. '.repeat(20);

  beforeAll(async () => {
    await mkdir(join(cwd, 'folder'), { recursive: true });
    const write = (file: string, content: string) => writeFile(join(cwd, file), content);
    const record = JSON.stringify({ text: TEXT });
    await write('records.jsonl', `${record}\n${record}\n`);
    await write('table.csv', `id,story\n1,"${TEXT}"\n2,"${TEXT}"\n`);
    for (const file of ['one.txt', 'folder/a.txt', 'folder/b.txt']) await write(file, TEXT);
  });

  it.each([
    ['a file', 'one.txt', TEXT.length],
    ['a folder', 'folder', 2 * TEXT.length],
    ['a glob', 'folder/*.txt', 2 * TEXT.length],
    ['standard input', '-', TEXT.length],
    ['records', 'records.jsonl', 2 * TEXT.length],
    ['a field of a table', 'table.csv --field story', 2 * TEXT.length],
    ['several', 'one.txt records.jsonl', 3 * TEXT.length],
  ])('reads %s: %s', async (name, words, bytes) => {
    const out = `data/${name.replaceAll(' ', '-')}`;
    const all = `prepare ${words} --tokenizer byte --val-fraction 0.4 --out ${out} --json`;
    const { splits } = json(await (words === '-' ? run(all, TEXT) : here(all)));
    expect(splits.train.bytes + splits.val.bytes).toBe(bytes);
    const ends = splits.train.documents + splits.val.documents;
    expect(splits.train.tokens + splits.val.tokens - bytes).toBeLessThanOrEqual(ends); // a byte a token
  });
});

describe('tokenizer', () => {
  it('trains, shows, encodes and decodes', async () => {
    const words = 'tokenizer train builtin:stories --vocab-size 280 --out tokenizer/tiny --json';
    expect(json(await here(words))).toMatchObject({ name: 'tiny', vocabSize: 280, out: 'tokenizer/tiny' });
    const shown = json(await here('tokenizer show tokenizer/tiny --from 256 --count 99 --json'));
    expect(shown.tokens).toHaveLength(280 - 256);
    const text = 'One day, the café was open.\n';
    const { ids } = json(await tsgptHere(['tokenizer', 'encode', 'tokenizer/tiny', text, '--json'], cwd));
    expect(ids.length).toBeLessThan(Buffer.byteLength(text));
    expect(await run('tokenizer decode tokenizer/tiny', ids.join(' '))).toEqual({
      code: 0,
      signal: null,
      stdout: `${text}\n`,
      stderr: '',
    });
  });

  it('encodes with gpt2 to OpenAI’s ids', async () => {
    expect(await run('tokenizer encode gpt2', 'Hello there')).toMatchObject({ stdout: '15496 612\n' });
    expect(await run('tokenizer decode gpt2 15496 612')).toMatchObject({ stdout: 'Hello there\n' });
  });
});

describe('train', () => {
  it('says with --json where it ended, and all the rest on stderr', async () => {
    const { gpt, lstm } = trained;
    const { settings, best, last } = await readJson('runs/gpt/run.json');
    expect(settings).toMatchObject({ width: 16, maxSteps: 6 });
    expect(json(gpt)).toMatchObject({
      ended: 'budget',
      step: 6,
      tokens: 6 * 4 * 16,
      best,
      last,
      out: 'runs/gpt',
    });
    expect(lstm.code).toBe(0);
    expect(lstm.stdout).toContain('tsgpt sample runs/lstm');
    for (const [arch, { stderr }] of Object.entries(trained)) {
      const { backend, precision } = await readJson(`runs/${arch}/run.json`);
      const engine = [`${backend.name}: ${backend.detail} (`, `${precision} (`];
      for (const part of [...engine, 'parameters', '64 tokens each', 'step 3: validation loss'])
        expect(stderr.replace(/\s+/g, ' ')).toContain(part);
      expect(stderr).not.toContain('\x1b'); // no terminal there
    }
    const log = await readFile(join(cwd, 'runs/gpt/log.jsonl'), 'utf8');
    const steps = log
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(steps.filter((entry) => 'loss' in entry).map((entry) => entry.step)).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe('sample', () => {
  it('writes the same with the same seed, streamed or not, and something else with another', async () => {
    const words = 'runs/gpt --prompt One --max-tokens 12';
    const whole = await run(`sample ${words} --seed 5`);
    const streamed = await here(`sample ${words} --seed 5 --stream`);
    const again = await here(`sample ${words} --seed 5 --num-samples 2 --json`);
    const other = await here(`sample ${words} --seed 6`);
    expect(whole).toMatchObject({ code: 0, stderr: '' });
    expect(whole.stdout).toMatch(/^One.*\n$/s);
    expect(streamed).toEqual(whole);
    const { samples } = json(again);
    expect(samples).toHaveLength(2);
    expect(`One${samples[0].text}\n`).toBe(whole.stdout);
    expect(samples[0].tokens).toHaveLength(12);
    expect(samples[1].tokens).not.toEqual(samples[0].tokens);
    expect(other.stdout).not.toBe(whole.stdout);
  });

  it('takes its prompt from the words, a file or standard input', async () => {
    await writeFile(join(cwd, 'prompt.txt'), 'One day');
    const greedy = 'sample runs/lstm --temperature 0 --max-tokens 5 --prompt';
    const file = await here(`${greedy} @prompt.txt`);
    const input = await run(`${greedy} -`, 'One day');
    const words = await tsgptHere([...greedy.split(' '), 'One day'], cwd);
    expect(words.stdout).toMatch(/^One day/);
    expect(file).toEqual(words);
    expect(input).toEqual(words);
  });

  it('ends before a stop text', async () => {
    const words = 'sample runs/gpt --max-tokens 60 --json';
    const { samples: free } = json(await here(words));
    const { samples: stopped } = json(await here(`${words} --stop e zzz`));
    expect(free[0].finish).toBe('length');
    expect(stopped[0]).toMatchObject({
      finish: 'stop',
      text: free[0].text.slice(0, free[0].text.indexOf('e')),
    });
  });
});

describe('eval, summary, doctor', () => {
  it('eval gives numbers that agree with each other and with the text', async () => {
    const { val } = (await readJson('data/stories/meta.json')).splits;
    const { backend, precision } = await readJson('runs/gpt/run.json');
    const plain = await run('eval runs/gpt --json');
    const stride = await here('eval runs/gpt --which last --data data/stories --stride 8 --json');
    const lstm = await here('eval runs/lstm --json');
    expect(plain.stderr).toContain('tokens');
    for (const result of [plain, stride, lstm].map(json)) {
      expect(result).toMatchObject({
        split: 'val',
        tokens: val.tokens - 1,
        tokenizer: 'bpe',
        backend: backend.name,
      });
      expect(result.perplexity).toBeCloseTo(Math.exp(result.loss), 6);
      expect(result.bitsPerByte).toBeCloseTo((result.loss * result.tokens) / Math.LN2 / result.bytes, 6);
      expect(result.contextReset).toEqual(expect.any(String));
    }
    expect(json(plain)).toMatchObject({ stride: 16, precision });
    expect(json(lstm).precision).toBe('fp32'); // as it was trained
    expect(json(stride)).toMatchObject({ stride: 8, checkpoint: join('runs/gpt', 'step-000006') });
  });

  it('summary gives the parameters that the formula gives', async () => {
    const [V, T, C] = [300, 16, 16];
    const parameters = V * C + T * C + (12 * C * C + 13 * C) + 2 * C;
    const { size } = await stat(join(cwd, 'runs/gpt/step-000006/model.safetensors'));
    expect(size).toBeGreaterThan(4 * parameters);
    expect(json(await run('summary runs/gpt --json'))).toMatchObject({ parameters });
    const described = await here('summary --layers 1 --heads 2 --width 16 --context 16 --vocab-size 300');
    expect(described.stdout).toContain(parameters.toLocaleString('en-US'));
    const cnn = await here('summary --arch cnn --layers 3 --width 16 --context 16 --vocab-size 300');
    expect(cnn.stdout).toMatch(/^cnn: 3 layers, width 16, context 16, kernel 3, sees 15 tokens\n/);
  });

  it('doctor: tells of every backend, and which is taken, of transformers.js, and of MPI', async () => {
    const { backends, chosen, transformers, mpi } = json(await run('doctor --json'));
    expect(backends).toContainEqual(expect.objectContaining({ name: 'plain', usable: true }));
    for (const { usable, reason, hint } of backends) expect(usable || (reason && hint)).toBeTruthy();
    const choice = ({ usable, onlyIfAsked }: { usable: boolean; onlyIfAsked?: string }) =>
      usable && !onlyIfAsked;
    expect(backends.find(choice).name).toBe(chosen);
    expect(transformers).toMatchObject({
      usable: true,
      detail: expect.stringContaining('@xenova/transformers'),
    });
    expect(mpi.usable ? mpi.detail : mpi.hint).toMatch(/MPI/);
    const { stdout } = await run('doctor');
    expect(stdout).toContain('(what auto chooses)');
    expect(stdout).toMatch(/^transformers\.js +yes: @xenova\/transformers \d/m);
    expect(stdout).toMatch(/^MPI +(yes: \S|no: )/m);
  });
});
