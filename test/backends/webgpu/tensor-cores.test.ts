// Which of a GPU's subgroup matrices the product uses, and where it uses none.
import { expect, it } from 'vitest';
import { describeAdapter } from '../../../src/backends/webgpu/adapter.ts';
import { tensorCoresOf } from '../../../src/backends/webgpu/tensor-cores.ts';
import { H200 } from './h200.ts';

const FEATURES = new Set([...H200.features, 'chromium-experimental-subgroup-matrix']);

function matrix(M: number, N: number, K: number, componentType = 'f16', resultComponentType = 'f32') {
  return { M, N, K, componentType, resultComponentType };
}

const WITH_CORES = { ...H200, features: FEATURES, matrices: [matrix(16, 16, 16)] };

it('the largest matrices are taken that multiply float16 and sum in float32', () => {
  const matrices = [
    matrix(16, 8, 8),
    matrix(16, 16, 16),
    matrix(32, 32, 16),
    matrix(16, 16, 32, 'i8', 'i32'),
    matrix(8, 8, 8, 'f16', 'f16'),
  ];
  const found = { ...WITH_CORES, matrices };
  const cores = tensorCoresOf(found);
  expect(cores).toEqual({ M: 16, N: 16, K: 16, lanes: 32, lanesAreChosen: false, subgroups: 8 });
  expect(describeAdapter(found, cores)).toMatch(/; .*, tensor cores \(16 × 16 × 16\)$/);
});

it('a GPU with several subgroup sizes is asked for one, and not used if it cannot be asked', () => {
  const several = { ...WITH_CORES, lanes: { least: 32, most: 64 } };
  expect(tensorCoresOf(several)).toBeUndefined();
  const features = new Set([...FEATURES, 'subgroup-size-control']);
  expect(tensorCoresOf({ ...several, features })).toMatchObject({ lanes: 32, lanesAreChosen: true });
});

it('a workgroup has half as many subgroups where these have 64 lanes', () => {
  expect(tensorCoresOf({ ...WITH_CORES, lanes: { least: 64, most: 64 } })).toMatchObject({
    lanes: 64,
    subgroups: 4,
  });
});

it.each([
  ['the adapter does not show them', { features: H200.features }],
  ['none multiply float16', { matrices: [matrix(16, 16, 16, 'f32')] }],
  ['a workgroup has too little memory', { workgroupStorage: 16_384 }],
])('tensor cores are not used where %s', (_, facts) => {
  expect(tensorCoresOf(WITH_CORES)).toBeDefined();
  expect(tensorCoresOf({ ...WITH_CORES, ...facts })).toBeUndefined();
});
