// The most multiply-adds a second that WGSL gets from this GPU, which WebGPU does not tell: chains of them in registers,
// as f32, as f16, and as subgroup matrices (tensor cores) of each kind that the GPU has. Prints one JSON object of TFLOP/s
// by name:
// node bench/matmul/webgpu-peak.mjs
import { endOnError, openAdapter } from '../dawn.mjs';

/**
 * A program that is timed.
 *
 * @typedef {object} Program
 * @property {string} code
 * @property {number} bindings
 * @property {(subgroupSize: number) => number} flopsOf operations of a workgroup in one round of the loop
 *
 * @typedef {{ componentType: string, resultComponentType: string, M: number, N: number, K: number }} MatrixKind
 */

const MATRICES = 'chromium-experimental-subgroup-matrix';
const FEATURES = ['shader-f16', 'subgroups', MATRICES];
const GROUPS = 16_384;
const CLOCKED_SECONDS = 0.05;
const BYTES = 65_536;
const CHAINS = [...Array(8).keys()]; // a thread, or a subgroup, has so many: enough to hide how long one multiply-add takes
const ROUNDS = [...Array(4).keys()]; // one round of the loop has so many of each chain

async function main() {
  const adapter = await openAdapter('enable-dawn-features=allow_unsafe_apis');
  const requiredFeatures = /** @type {GPUFeatureName[]} */ (
    FEATURES.filter((feature) => adapter.features.has(feature))
  );
  const device = endOnError(await adapter.requestDevice({ requiredFeatures }));
  const has = (/** @type {string} */ feature) => device.features.has(feature);
  /** @type {Record<string, number>} */
  const peaks = { 'fma f32': await measured(device, multiplyAdds('f32')) };
  if (has('shader-f16')) peaks['fma f16'] = await measured(device, multiplyAdds('f16'));
  if (has(MATRICES)) {
    /** @type {MatrixKind[]} */
    const kinds = Reflect.get(adapter.info, 'subgroupMatrixConfigs') ?? [];
    for (const kind of kinds) {
      const { componentType, resultComponentType, M, N, K } = kind;
      if (!/^f/.test(componentType)) continue;
      const name = `matrix ${M}×${N}×${K} ${componentType} to ${resultComponentType}`;
      peaks[name] = await measured(device, matrices(kind));
    }
  }
  const { vendor, architecture, device: name, description } = adapter.info;
  console.log(JSON.stringify({ adapter: { vendor, architecture, name, description }, peaks }));
  process.exit();
}

/**
 * TFLOP/s. Rounds of the loop are added until the clock can tell.
 *
 * @param {GPUDevice} device
 * @param {Program} program
 */
async function measured(device, { code, flopsOf, bindings }) {
  const module = device.createShaderModule({ code });
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'main' } });
  const { STORAGE, UNIFORM, COPY_SRC, COPY_DST } = GPUBufferUsage;
  const numbers = device.createBuffer({ size: 16, usage: UNIFORM | COPY_DST });
  const storage = () => device.createBuffer({ size: BYTES, usage: STORAGE | COPY_SRC | COPY_DST });
  const [out, operands, kept] = [storage(), storage(), storage()];
  device.queue.writeBuffer(operands, 0, halves());
  const buffers = [numbers, out, operands, kept].slice(0, bindings);
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  const secondsOf = async (/** @type {number} */ rounds) => {
    device.queue.writeBuffer(numbers, 0, new Uint32Array([rounds, 0, 0, 0]));
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(GROUPS);
    pass.end();
    const commands = encoder.finish();
    await device.queue.onSubmittedWorkDone();
    const start = performance.now();
    device.queue.submit([commands]);
    await device.queue.onSubmittedWorkDone();
    return (performance.now() - start) / 1000;
  };
  let rounds = 1;
  while ((await secondsOf(rounds)) < CLOCKED_SECONDS) rounds *= 2;
  const seconds = Math.min(...[await secondsOf(rounds), await secondsOf(rounds), await secondsOf(rounds)]);
  const subgroupSize = await firstOf(device, out);
  return (GROUPS * rounds * flopsOf(subgroupSize)) / seconds / 1e12;
}

/**
 * The first number in the buffer.
 *
 * @param {GPUDevice} device
 * @param {GPUBuffer} buffer
 */
async function firstOf(device, buffer) {
  const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
  const copy = device.createBuffer({ size: 4, usage });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, copy, 0, 4);
  device.queue.submit([encoder.finish()]);
  await copy.mapAsync(GPUMapMode.READ);
  return new Float32Array(copy.getMappedRange())[0] ?? Number.NaN;
}

/** Numbers of 0.06 to 1, all their digits in use: a GPU is faster on zeros. */
function halves() {
  return Uint16Array.from({ length: BYTES / 2 }, () => 0x2c00 + Math.floor(Math.random() * 0x1000));
}

// Results are stored only if `keep` is set: no compiler can know that it never is, so none leaves the work out. No two
// chains are the same, or a compiler could make them one.
const NUMBERS = 'struct Numbers { rounds: u32, keep: u32, }\n@group(0) @binding(0) var<uniform> n: Numbers;';

/** @param {(chain: number) => string} chain */
function inRounds(chain) {
  const all = CHAINS.map(chain).join(' ');
  return ROUNDS.map(() => all).join('\n    ');
}

/**
 * @param {'f32' | 'f16'} type
 * @returns {Program}
 */
function multiplyAdds(type) {
  const threads = 256;
  return {
    bindings: 2,
    code: `
${type === 'f16' ? 'enable f16;' : ''}
${NUMBERS}
@group(0) @binding(1) var<storage, read_write> out: array<vec4<${type}>>;
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let factor = vec4<${type}>(${type}(id.x % 7u) * 0.125);
  let term = vec4<${type}>(${type}(id.x % 5u) * 0.25);
  ${CHAINS.map((i) => `var x${i} = vec4<${type}>(${[0, 1, 2, 3].map((lane) => `${4 * i + lane}.0`)});`).join(' ')}
  for (var round = 0u; round < n.rounds; round++) {
    ${inRounds((i) => `x${i} = fma(x${i}, factor, term);`)}
  }
  if (n.keep != 0u) { out[id.x % 4096u] = ${CHAINS.map((i) => `x${i}`).join(' + ')}; }
}`,
    flopsOf: () => threads * ROUNDS.length * CHAINS.length * 4 * 2,
  };
}

/**
 * @param {MatrixKind} kind
 * @returns {Program}
 */
function matrices({ componentType: type, resultComponentType: result, M, N, K }) {
  const threads = 128;
  return {
    bindings: 4,
    code: `
${type === 'f16' || result === 'f16' ? 'enable f16;' : ''}
enable subgroups;
enable chromium_experimental_subgroup_matrix;
${NUMBERS}
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read_write> operands: array<${type}>;
@group(0) @binding(3) var<storage, read_write> kept: array<${result}>;
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(subgroup_size) size: u32) {
  let left = subgroupMatrixLoad<subgroup_matrix_left<${type}, ${K}, ${M}>, row_major>(&operands, 0u, ${K}u);
  let right = subgroupMatrixLoad<subgroup_matrix_right<${type}, ${N}, ${K}>, row_major>(&operands, ${M * K}u, ${N}u);
  ${CHAINS.map((i) => `var x${i} = subgroup_matrix_result<${result}, ${N}, ${M}>(${i}.0);`).join('\n  ')}
  for (var round = 0u; round < n.rounds; round++) {
    ${inRounds((i) => `x${i} = subgroupMatrixMultiplyAccumulate(left, right, x${i});`)}
  }
  if (n.keep != 0u) {
    ${CHAINS.map((i) => `subgroupMatrixStore<row_major>(&kept, ${i * M * N}u, x${i}, ${N}u);`).join('\n    ')}
  }
  if (id.x == 0u) { out[0] = f32(size); }
}`,
    flopsOf: (size) => (threads / size) * ROUNDS.length * CHAINS.length * 2 * M * N * K,
  };
}

await main();
