// WebGPU in Node, as a browser has it: the globals and navigator.gpu, by Dawn.
import { create, globals } from 'webgpu';

export function openDawn(...options) {
  const gpu = create(options);
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  return gpu;
}

export async function openAdapter(...options) {
  const adapter = await openDawn(...options).requestAdapter({ powerPreference: 'high-performance' });
  if (adapter) return adapter;
  throw new Error('no GPU was found');
}

/** What goes wrong on a device is told to nobody else; a number measured beside it is worth nothing. */
export function endOnError(device) {
  device.onuncapturederror = ({ error }) => end(error.message);
  device.lost.then(({ reason, message }) => reason === 'destroyed' || end(`the GPU was lost: ${message}`));
  return device;
}

function end(message) {
  process.stderr.write(`error: ${message.split('\n')[0]}\n`);
  process.exit(1);
}
