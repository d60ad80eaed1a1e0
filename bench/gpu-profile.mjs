// Where the GPU's time of a training step goes: the dispatches of one step, and how long those of each program take by
// themselves, one after another. Prints one JSON object: node bench/gpu-profile.mjs <configuration> <precision>
import { startBackend } from '#dist/backends/index.js';
import { backend } from '#dist/backends/webgpu/memory.js';
import { benchmarkNamed } from '#dist/benchmark/configs.js';
import { measure } from '#dist/benchmark/measure.js';
import { endOnError } from './dawn.mjs';
import { Recorder } from './recorder.mjs';

/**
 * @import { Benchmark } from '../src/architectures/architecture.ts'
 * @import { Dispatch } from './types.ts'
 */

const RECORDED = 8; // the step after so many is recorded: by then each asks for the same as the last

/** @param {string[]} words */
async function main([config = '', precision = 'fp32']) {
  await startBackend('webgpu', { precision });
  const recorder = new Recorder(endOnError(backend().device));
  const dispatches = await dispatchesOfStep(recorder, benchmarkNamed(config));
  const programs = [];
  for (const [name, own] of byProgram(dispatches))
    programs.push({ name, dispatches: own.length, ms: (await recorder.secondsOf(own)) * 1000 });
  programs.sort((a, b) => b.ms - a.ms);
  console.log(JSON.stringify({ config, precision, dispatches: dispatches.length, programs }));
  process.exit();
}

/**
 * Breaks off in the middle of measuring, so that the step's memory is still there.
 *
 * @param {Recorder} recorder
 * @param {Benchmark} benchmark
 */
async function dispatchesOfStep(recorder, benchmark) {
  /** @type {Dispatch[] | undefined} */
  let dispatches;
  const onStep = (/** @type {number} */ timed) => {
    if (timed === RECORDED) recorder.start();
    if (timed !== RECORDED + 1) return;
    dispatches = recorder.stop();
    throw new Error('recorded');
  };
  await measure(benchmark, { steps: 10 * RECORDED, onStep }).catch((error) => {
    if (dispatches === undefined) throw error;
  });
  return dispatches ?? [];
}

/**
 * Groups the dispatches by their programs' names up to a colon. What follows the colon names a part, which relies on the
 * part before it: `embeddingGrad: scatter`, say, follows links that must be made again each time, or it would never end.
 *
 * @param {readonly Dispatch[]} dispatches
 */
function byProgram(dispatches) {
  /** @type {Map<string, Dispatch[]>} */
  const groups = new Map();
  for (const dispatch of dispatches) {
    const name = dispatch.pipeline.label.split(':')[0] || 'without a name';
    groups.set(name, [...(groups.get(name) ?? []), dispatch]);
  }
  return groups;
}

await main(process.argv.slice(2));
