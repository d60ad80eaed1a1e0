// Which adapters are taken for GPUs, what is asked of them, and how they are told of.
import { describe, expect, it } from 'vitest';
import {
  type AdapterFacts,
  describeAdapter,
  isSoftware,
  wantedFeatures,
  wantedLimits,
} from '../../src/backends/webgpu/adapter.ts';
import { unitsOf } from '../../src/backends/webgpu/units.ts';

const H200: AdapterFacts = {
  vendor: 'nvidia',
  architecture: 'hopper',
  device: 'NVIDIA H200',
  description: 'NVIDIA: 550.54.15',
  isFallback: false,
  features: new Set(['shader-f16', 'subgroups', 'timestamp-query', 'texture-compression-bc']),
  matrices: [],
  lanes: { least: 32, most: 32 },
  workgroupStorage: 49_152,
};

const NAMELESS = { ...H200, vendor: '', architecture: '', device: '', description: '' };

describe('an adapter is software', () => {
  it.each([
    [
      'SwiftShader',
      { vendor: 'google', architecture: 'swiftshader', description: 'SwiftShader driver 5.0.0' },
    ],
    ['llvmpipe', { vendor: 'mesa', device: 'llvmpipe (LLVM 15.0.6, 256 bits)' }],
    ['WARP', { vendor: 'microsoft', architecture: 'warp', device: '' }],
    ['WARP, by its long name', { vendor: 'microsoft', device: 'Microsoft Basic Render Driver' }],
    ['what says that it is a fallback', { isFallback: true }],
  ])('if it is %s', (_, facts) => {
    expect(isSoftware({ ...NAMELESS, ...facts })).toBe(true);
  });

  it.each([
    ['NVIDIA’s', H200],
    ['Apple’s', { ...NAMELESS, vendor: 'apple', architecture: 'metal-3' }],
    [
      'Intel’s',
      { ...NAMELESS, vendor: 'intel', architecture: 'gen-12lp', device: 'Intel(R) Iris(R) Xe Graphics' },
    ],
    ['AMD’s', { ...NAMELESS, vendor: 'amd', device: 'AMD Radeon RX 7900 XTX (RADV NAVI31)' }],
    ['one that does not tell its name', NAMELESS],
    ['one whose name only begins as WARP does', { ...NAMELESS, device: 'Warpath 9000' }],
  ])('but not if it is %s', (_, facts) => {
    expect(isSoftware(facts)).toBe(false);
  });
});

it('is told of by name, traits and features that help', () => {
  expect(describeAdapter(H200)).toBe(
    'NVIDIA H200 (nvidia, hopper, NVIDIA: 550.54.15); shader-f16, subgroups, timestamp-query',
  );
  expect(describeAdapter({ ...NAMELESS, vendor: 'apple', architecture: 'metal-3' })).toBe(
    'apple metal-3; shader-f16, subgroups, timestamp-query',
  );
  expect(describeAdapter({ ...NAMELESS, isFallback: true, features: new Set() })).toBe(
    'a GPU without a name (software); no extra features',
  );
});

it('is asked for the features that help, if it has them, and for no others', () => {
  expect(wantedFeatures(H200.features)).toEqual(['shader-f16', 'subgroups', 'timestamp-query']);
  expect(wantedFeatures(new Set(['bgra8unorm-storage']))).toEqual([]);
});

it('is asked for its own limits', () => {
  const offered = {
    maxBufferSize: 2 ** 38,
    maxStorageBufferBindingSize: 2 ** 32 - 4,
    maxStorageBuffersPerShaderStage: 16,
    maxComputeInvocationsPerWorkgroup: 1024,
    maxComputeWorkgroupSizeX: 1024,
    maxComputeWorkgroupSizeY: 1024,
    maxComputeWorkgroupStorageSize: 49_152,
    maxComputeWorkgroupsPerDimension: 65_535,
  };
  expect(wantedLimits({ ...offered, maxTextureDimension1D: 7 } as typeof offered)).toEqual(offered);
});

describe('matrix units', () => {
  const EXPERIMENT = 'chromium-experimental-subgroup-matrix';
  const withUnits = { ...H200, features: new Set([...H200.features, EXPERIMENT]) };
  const of = (M: number, N: number, K: number, componentType = 'f16', resultComponentType = 'f32') => ({
    ...{ M, N, K, componentType, resultComponentType },
  });

  it('are the largest that multiply float16 and sum in float32', () => {
    const matrices = [
      of(16, 8, 8),
      of(16, 16, 16),
      of(32, 32, 16),
      of(16, 16, 32, 'i8', 'i32'),
      of(8, 8, 8, 'f16', 'f16'),
    ];
    const found = { ...withUnits, matrices };
    expect(unitsOf(found)).toEqual({ M: 16, N: 16, K: 16, lanes: 32, chosen: false, subgroups: 8 });
    expect(describeAdapter(found, unitsOf(found))).toMatch(/; .*, matrix units of 16 × 16 × 16$/);
  });

  it('need a known number of lanes, which may be chosen', () => {
    const found = { ...withUnits, matrices: [of(16, 16, 16)], lanes: { least: 32, most: 64 } };
    expect(unitsOf(found)).toBeUndefined();
    const features = new Set([...found.features, 'subgroup-size-control']);
    expect(unitsOf({ ...found, features })).toMatchObject({ lanes: 32, chosen: true });
    expect(unitsOf({ ...found, features, lanes: { least: 64, most: 64 } })).toMatchObject({
      lanes: 64,
      subgroups: 4,
    });
  });

  it.each([
    ['the adapter does not tell of them', { features: H200.features }],
    ['it has none of float16', { matrices: [of(16, 16, 16, 'f32')] }],
    ['a workgroup has too little memory', { workgroupStorage: 16_384 }],
  ])('are not used where %s', (_, facts) => {
    expect(unitsOf({ ...withUnits, matrices: [of(16, 16, 16)], ...facts })).toBeUndefined();
  });
});
