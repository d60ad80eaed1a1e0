// The same done for each of so many elements, one a thread.
import { type GpuArray, Program, type ProgramSource } from '../program.ts';

const THREADS = 256;

interface Each extends Pick<ProgramSource, 'name' | 'reads' | 'writes' | 'numbers' | 'declarations'> {
  /** Of element i. */
  code: string;
}

export function forEach({ code, numbers, ...source }: Each) {
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
