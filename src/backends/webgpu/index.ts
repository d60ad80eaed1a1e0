// The backend webgpu in Node: our own kernels in WGSL, on any GPU.
import type { Backend } from '../backend.ts';
import { webgpuBackend } from './engine.ts';
import { dawn } from './node.ts';

export const webgpu: Backend = webgpuBackend(dawn);
