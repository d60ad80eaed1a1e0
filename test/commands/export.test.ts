// tsgpt export, as a user runs it.
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../src/backends/index.ts';
import { saveExample } from '../hub/example.ts';
import { FASTEST } from '../on-backends.ts';
import { tsgpt } from '../program.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { tsgptHere } from './in-process.ts';

const cwd = temporaryFolder();
let checkpoint: string;
beforeAll(async () => {
  await startBackend(FASTEST.backend, { precision: 'fp32' });
  checkpoint = basename((await saveExample(cwd, 'gpt', 'byte')).checkpoint);
});

const wordsOf = (words: string) => ['export', checkpoint, ...words.split(' ')];

describe('tsgpt export', () => {
  it('with --json says what was written', async () => {
    const { code, stdout } = await tsgpt(
      wordsOf('--format onnx --dtype fp32,fp16 --dtype int8 --out all --json'),
      { cwd },
    );
    expect(code).toBe(0);
    const { format, out, files, ...rest } = JSON.parse(stdout);
    expect({ format, out, ...rest }).toEqual({ format: 'onnx', out: 'all', checkpoint, notes: [] });
    const graphs = files.filter(({ path }: { path: string }) => path.startsWith('onnx/'));
    expect(graphs.map(({ path }: { path: string }) => path.slice(5)).sort()).toEqual(
      (await readdir(join(cwd, 'all/onnx'))).sort(),
    );
    for (const { bytes } of graphs) expect(bytes).toBeGreaterThan(10_000);
  });

  it('tells each file with its size', async () => {
    const { code, stdout } = await tsgptHere(wordsOf('--format hf --out plain'), cwd);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^checkpoint +gpt-byte\nsaved +plain\n/);
    expect(stdout).toMatch(/^ +model\.safetensors +\d+\.\d KiB$/m);
  });

  it.each([
    ['--out x', 'expected --format <name>'],
    ['--format onnx', 'expected --out <folder>'],
    ['--format gguff --out x', 'expected hf or onnx or gguf for --format, but got "gguff"'],
    ['--format gguf --dtype int8 --out x', 'expected f32 or f16 or bf16 or q8_0 or q4_0 for --dtype'],
    ['--format onnx --dtype fp8 --out x', 'expected fp32 or fp16 or int8 or int4 for --dtype, but got "fp8"'],
    ['--format hf --dtype fp16 --out x', '--dtype goes with --format onnx'],
    ['--format onnx --out gpt-byte', 'gpt-byte exists, and is not an earlier export: it holds meta.json'],
  ])('with %s is refused', async (words, error) => {
    const { code, stdout, stderr } = await tsgptHere(wordsOf(words), cwd);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(error);
  });
});
