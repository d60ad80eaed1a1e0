// An autoencoder of documents by the command line: bounds, samples from the prior, and a walk from one text to another.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary-folder.ts';
import { tsgptHere } from './in-process.ts';

const cwd = temporaryFolder();
const run = (...words: string[]) => tsgptHere(words, cwd);
const json = async (...words: string[]) => JSON.parse((await run(...words, '--json')).stdout);

const TINY =
  '--encoder gru --decoder gru --width 12 --context 48 --batch-size 4 --max-steps 3 --eval-interval 3 --eval-tokens 400';

let trained: string;

beforeAll(async () => {
  await run(...'prepare builtin:stories --stories 30 --tokenizer bpe --vocab-size 300 --out data'.split(' '));
  trained = (await run(...`train --data data --arch vae --out run ${TINY}`.split(' '))).stderr;
  await run(
    ...'train --data data --arch gru --width 8 --max-steps 1 --eval-tokens 400 --out writer'.split(' '),
  );
  await writeFile(join(cwd, 'one.txt'), 'A fox ran.');
});

it('tsgpt train says of what it measures that it is a bound', () => {
  expect(trained).toMatch(/step 3: validation loss at most \d\.\d{4} \(/);
  expect(trained).toMatch(/best validation loss at most \d\.\d{4}/);
});

describe('tsgpt eval', () => {
  it('says of both bounds that they are bounds, and how far they are above the text’s entropy', async () => {
    const { stdout } = await run('eval', 'run', '--importance', '4');
    expect(stdout).toMatch(/loss +at most \d\.\d{4} nats per token \(ELBO\)/);
    expect(stdout).toMatch(/bits per byte +at most \d\.\d{4} \(ELBO\)/);
    expect(stdout).toMatch(/importance-weighted bits per byte +at most \d\.\d{4}/);
    expect(stdout).toMatch(/active units +\d+ of 32 latent dimensions/);
    expect(stdout).toMatch(
      /conditions +\d+ texts of at most 48 tokens; of \d+ longer documents? each stretch is a text/,
    );
    expect(stdout).toMatch(/the model is at most \d+\.\d{4} nats above it/);
    const measured = await json('eval', 'run', '--importance', '4');
    expect(measured.lossIsBound).toBe(true);
    expect(measured.importanceBitsPerByte).toBeGreaterThan(measured.floor.bitsPerByte);
    expect(measured.importanceLoss).toBeLessThan(measured.loss);
    expect(measured).toMatchObject({ importance: 4, latent: 32, context: 48 });
  });

  it('measures the ELBO alone unless it is told to draw more than one latent vector', async () => {
    const measured = await json('eval', 'run');
    expect(measured).not.toHaveProperty('importanceLoss');
    expect(measured.bitsPerByte).toBeGreaterThan(0);
  });
});

describe('tsgpt sample', () => {
  it('draws from the prior, or writes a text anew', async () => {
    const prior = await json('sample', 'run', '--num-samples', '2');
    expect(prior.samples).toHaveLength(2);
    const anew = await json('sample', 'run', '--source', '@one.txt');
    expect(anew).toMatchObject({ source: 'A fox ran.', samples: [{}] });
  });

  it('walks between two texts, of which the ends are the texts written anew', async () => {
    const way = await json('sample', 'run', '--between', '@one.txt', 'It was late.', '--steps', '3');
    expect(way.between).toEqual(['A fox ran.', 'It was late.']);
    expect(way.samples).toHaveLength(3);
    const [first] = (await json('sample', 'run', '--source', '@one.txt')).samples;
    expect(way.samples[0]).toEqual(first);
    expect((await json('sample', 'run', '--between', 'a', 'b')).samples).toHaveLength(7);
    expect((await run('sample', 'run', '--between', 'a', 'b', '--steps', '2')).stdout).toMatch(
      /^--- 1 of 2 ---\n/,
    );
  });

  it.each([
    [['run', '--between', 'a'], 'expected two texts for --between, but got 1'],
    [['run', '--between', 'a', 'b', 'c'], 'expected two texts for --between, but got 3'],
    [['run', '--steps', '3'], '--steps are of a walk between two texts'],
    [
      ['run', '--between', 'a', 'b', '--steps', '1'],
      'expected a whole number of 2 or more for --steps, but got "1"',
    ],
    [['run', '--prompt', 'a'], 'a model of documents is given no prompt'],
    [['writer', '--between', 'a', 'b'], 'a model of next-token knows no way between two texts'],
  ])('refuses %j', async (words, message) => {
    const { code, stdout, stderr } = await run('sample', ...words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
