// What Dawn says of a real card, for tests of how adapters are judged.
import type { AdapterFacts } from '../../../src/backends/webgpu/adapter.ts';

export const H200: AdapterFacts = {
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
