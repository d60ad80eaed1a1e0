// A program in WGSL: its bindings are declared from the arrays and numbers that it names, and it is compiled once a device.
import type * as tf from '#tfjs';
import type { GpuBackend } from './backend.ts';
import type { Compiled, NumberType } from './bindings.ts';
import { backend } from './memory.ts';

type Elements = 'f32' | 'vec4f' | 'i32' | 'u32' | 'atomic<u32>';

export interface ProgramSource {
  name: string;
  /** WGSL extensions that the code uses. */
  enable?: string[];
  /** Storage arrays that are only read, by name. Any device binds 8 arrays, these and `writes` together. */
  reads?: Record<string, Elements>;
  /** Storage arrays that are written, and may be read. None may be in the same buffer as another array of the same run. */
  writes: Record<string, Elements>;
  /** Uniforms, which the code reads as `n.<name>`. */
  numbers?: Record<string, NumberType>;
  /** Threads of a workgroup. */
  threads: number;
  /** If given, `main` also has its `subgroup` in the workgroup and its `lane` in the subgroup; `size` asks for so many lanes. */
  subgroups?: { size: number | undefined };
  /** WGSL of functions and workgroup memory. */
  declarations?: string;
  /**
   * WGSL of `main`, which has its index `thread` in the workgroup, and the workgroup's index, `group` as one number and
   * `place` in three dimensions, of which there are `places`.
   */
  body: string;
}

/** A count beyond what one dimension holds is spread over two. There may be more groups than asked for: they must do nothing. */
type Workgroups = number | readonly [number, number, number];

const MOST_GROUPS = 65_535; // in one dimension, on any device

/** A tensor, or a buffer that holds several tensors or none. */
export type GpuArray = tf.TensorInfo | GPUBufferBinding;

export class Program {
  readonly #source: ProgramSource;
  readonly #reads: string[];
  readonly #writes: string[];
  readonly #numbers: string[];
  readonly #compiled = new WeakMap<GPUDevice, Compiled>();

  constructor(source: ProgramSource) {
    this.#source = source;
    this.#reads = Object.keys(source.reads ?? {});
    this.#writes = Object.keys(source.writes);
    this.#numbers = Object.keys(source.numbers ?? {});
  }

  run(arrays: Record<string, GpuArray>, numbers: Record<string, number>, workgroups: Workgroups): void {
    const gpu = backend();
    const storage: GPUBufferBinding[] = [];
    for (const name of this.#reads) {
      const array = this.#given(arrays, name);
      storage.push('dataId' in array ? gpu.binding(array.dataId) : array);
    }
    for (const name of this.#writes) {
      const array = this.#given(arrays, name);
      storage.push('dataId' in array ? gpu.bindingToWrite(array.dataId) : array);
    }
    gpu.dispatch({
      compiled: this.#compiledOn(gpu),
      storage,
      numbers: this.#numbers.map((name) => this.#given(numbers, name)),
      workgroups: threeDimensions(workgroups),
    });
  }

  #given<T>(values: Record<string, T>, name: string): T {
    const value = values[name];
    if (value !== undefined) return value;
    throw new Error(`internal: ${this.#source.name} was not given ${name}`);
  }

  #compiledOn({ device }: GpuBackend): Compiled {
    const known = this.#compiled.get(device);
    if (known) return known;
    const { name: label, numbers = {} } = this.#source;
    const buffers: GPUBufferBindingLayout[] = [
      ...this.#reads.map(() => ({ type: 'read-only-storage' as const })),
      ...this.#writes.map(() => ({ type: 'storage' as const })),
      ...(this.#numbers.length > 0 ? [{ type: 'uniform' as const, hasDynamicOffset: true }] : []),
    ];
    const visibility = GPUShaderStage.COMPUTE;
    const entries = buffers.map((buffer, binding) => ({ binding, visibility, buffer }));
    const layout = device.createBindGroupLayout({ label, entries });
    const pipeline = device.createComputePipeline({
      label,
      layout: device.createPipelineLayout({ label, bindGroupLayouts: [layout] }),
      compute: {
        module: device.createShaderModule({ label, code: codeOf(this.#source) }),
        entryPoint: 'main',
      },
    });
    const compiled = { pipeline, layout, types: Object.values(numbers) };
    this.#compiled.set(device, compiled);
    return compiled;
  }
}

/** Programs that are generated from a variant, such as sizes or flags: one for each variant, kept from then on. */
export function programs<V extends object>(make: (variant: V) => ProgramSource): (variant: V) => Program {
  const made = new Map<string, Program>();
  return (variant) => {
    const key = JSON.stringify(variant);
    const known = made.get(key);
    if (known) return known;
    const program = new Program(make(variant));
    made.set(key, program);
    return program;
  };
}

/** The WGSL of the whole module. */
export function codeOf({
  enable = [],
  reads = {},
  writes,
  numbers,
  threads,
  subgroups,
  declarations = '',
  body,
}: ProgramSource): string {
  const arrays = [
    ...Object.entries(reads).map(([name, type]) => `var<storage, read> ${name}: array<${type}>;`),
    ...Object.entries(writes).map(([name, type]) => `var<storage, read_write> ${name}: array<${type}>;`),
    ...(numbers ? ['var<uniform> n: Numbers;'] : []),
  ];
  const fields = Object.entries(numbers ?? {}).map(([name, type]) => `${name}: ${type},`);
  const size = subgroups?.size === undefined ? '' : `@subgroup_size(${subgroups.size})`;
  return `
${enable.map((extension) => `enable ${extension};`).join('\n')}
${numbers ? `struct Numbers { ${fields.join(' ')} }` : ''}
${arrays.map((array, binding) => `@group(0) @binding(${binding}) ${array}`).join('\n')}
${declarations}
@compute @workgroup_size(${threads}) ${size}
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) place: vec3u,
  @builtin(num_workgroups) places: vec3u,
  ${subgroups ? '@builtin(subgroup_id) subgroup: u32, @builtin(subgroup_invocation_id) lane: u32,' : ''}
) {
  let group = place.x + place.y * places.x;
  ${body}
}`;
}

function threeDimensions(workgroups: Workgroups): readonly [number, number, number] {
  if (typeof workgroups !== 'number') return workgroups;
  const rows = Math.ceil(workgroups / MOST_GROUPS);
  return [Math.ceil(workgroups / rows), rows, 1];
}
