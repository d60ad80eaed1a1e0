// WebGPU in Node as a browser has it, made by Dawn: the globals and navigator.gpu.
import { create, globals } from 'webgpu';

/** @param {string[]} options Dawn's own */
export function openDawn(...options) {
  const gpu = create(options);
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  return gpu;
}

/** @param {string[]} options Dawn's own */
export async function openAdapter(...options) {
  const adapter = await openDawn(...options).requestAdapter({ powerPreference: 'high-performance' });
  if (adapter) return adapter;
  throw new Error('no GPU was found');
}

/**
 * Ends the process when the device has an error: nobody else is told of it, and a number measured beside it is worth nothing.
 *
 * @param {GPUDevice} device
 */
export function endOnError(device) {
  device.onuncapturederror = ({ error }) => end(error.message);
  device.lost.then(({ reason, message }) => reason === 'destroyed' || end(`the GPU was lost: ${message}`));
  return device;
}

/** @param {string} message */
function end(message) {
  process.stderr.write(`error: ${message.split('\n')[0]}\n`);
  process.exit(1);
}
