// A sum of n.N terms by one workgroup, and what is made of it.
import { Program, type ProgramSource } from '../program.ts';
import { reductions } from '../wgsl.ts';

const THREADS = 256;

interface Total extends Pick<ProgramSource, 'name' | 'reads' | 'writes'> {
  /** Of element i. */
  term: string;
  /** What the first thread does with `total`. */
  finish: string;
}

/** Run by one workgroup, with N. */
export function totalProgram({ term, finish, ...source }: Total): Program {
  return new Program({
    ...source,
    numbers: { N: 'u32' },
    threads: THREADS,
    declarations: reductions(THREADS),
    body: `
  var sum = 0.0;
  for (var i = thread; i < n.N; i += ${THREADS}u) { sum += ${term}; }
  let total = sumOf(sum, thread);
  if (thread == 0u) { ${finish} }`,
  });
}
