// Which adapters are taken for GPUs, what is asked of them, and how they are described.
import { describe, expect, it } from 'vitest';
import {
  describeAdapter,
  isSoftware,
  wantedFeatures,
  wantedLimits,
} from '../../../src/backends/webgpu/adapter.ts';
import { H200 } from './h200.ts';

const NAMELESS = { ...H200, vendor: '', architecture: '', device: '', description: '' };

describe('isSoftware', () => {
  it.each([
    [
      'SwiftShader',
      { vendor: 'google', architecture: 'swiftshader', description: 'SwiftShader driver 5.0.0' },
    ],
    ['llvmpipe', { vendor: 'mesa', device: 'llvmpipe (LLVM 15.0.6, 256 bits)' }],
    ['WARP', { vendor: 'microsoft', architecture: 'warp', device: '' }],
    ['WARP, by its long name', { vendor: 'microsoft', device: 'Microsoft Basic Render Driver' }],
    ['an adapter that says it is a fallback', { isFallback: true }],
  ])('is true of %s', (_, facts) => {
    expect(isSoftware({ ...NAMELESS, ...facts })).toBe(true);
  });

  it.each([
    ['a card of NVIDIA’s', H200],
    ['a GPU of Apple’s', { ...NAMELESS, vendor: 'apple', architecture: 'metal-3' }],
    [
      'a GPU of Intel’s',
      { ...NAMELESS, vendor: 'intel', architecture: 'gen-12lp', device: 'Intel(R) Iris(R) Xe Graphics' },
    ],
    ['a card of AMD’s', { ...NAMELESS, vendor: 'amd', device: 'AMD Radeon RX 7900 XTX (RADV NAVI31)' }],
    ['an adapter that does not tell its name', NAMELESS],
    ['an adapter whose name only begins as WARP does', { ...NAMELESS, device: 'Warpath 9000' }],
  ])('is false of %s', (_, facts) => {
    expect(isSoftware(facts)).toBe(false);
  });
});

it('describeAdapter tells name, traits and the features that help', () => {
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

it('wantedFeatures are those that help and that the adapter has', () => {
  expect(wantedFeatures(H200.features)).toEqual(['shader-f16', 'subgroups', 'timestamp-query']);
  expect(wantedFeatures(new Set(['bgra8unorm-storage']))).toEqual([]);
});

it('wantedLimits are the adapter’s own, and no others than kernels need', () => {
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
