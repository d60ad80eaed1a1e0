// Element-wise programs: one thread an element.
import { type GpuArray, Program, type ProgramSource } from '../program.ts';

const THREADS = 256;

interface ElementWise extends Pick<ProgramSource, 'name' | 'reads' | 'writes' | 'numbers' | 'declarations'> {
  /** WGSL of what is done for element `i`. */
  code: string;
}

/** Returns what runs the program on `size` elements. */
export function elementWise({ code, numbers, ...source }: ElementWise) {
  const program = new Program({
    ...source,
    numbers: { ...numbers, size: 'u32' },
    threads: THREADS,
    body: `
  let i = group * ${THREADS}u + thread;
  if (i >= n.size) { return; }
  ${code}`,
  });
  return (arrays: Record<string, GpuArray>, size: number, numbers: Record<string, number> = {}) =>
    program.run(arrays, { ...numbers, size }, Math.ceil(size / THREADS));
}
