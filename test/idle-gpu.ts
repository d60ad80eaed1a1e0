// A GPU whose programs do nothing, for tests of the memory that is taken: it depends on no value, and a GPU in software
// compiles each program for seconds.
import { startBackend } from '../src/backends/index.ts';
import { backend } from '../src/backends/webgpu/memory.ts';

/** Starts webgpu, which computes nothing in this process from then on: a file that does so needs a process of its own. */
export async function startIdleGpu(): Promise<void> {
  await startBackend('webgpu');
  const { device } = backend();
  const create = device.createShaderModule.bind(device);
  device.createShaderModule = ({ code, ...rest }) => create({ ...rest, code: idle(code) });
}

/** The same bindings, in a program that names them and does nothing. */
function idle(code: string): string {
  const bindings = Array.from(code.matchAll(/var<(?:storage|uniform)[^>]*>\s*(\w+)/g), ([, name]) => name);
  const entry = code.includes('fn _start(') ? '_start' : 'main'; // tfjs's, or ours
  const nothing = bindings.map((name) => `_ = &${name};`).join(' ');
  return `${code.replace(`fn ${entry}(`, 'fn unused(')}
@compute @workgroup_size(1) fn ${entry}() { ${nothing} }`;
}
