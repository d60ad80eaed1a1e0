// The sum of N terms, reduced by a single workgroup.
import { Program, type ProgramSource } from '../program.ts';
import { reductions } from '../wgsl.ts';

const THREADS = 256;

interface Total extends Pick<ProgramSource, 'name' | 'reads' | 'writes'> {
  /** The WGSL expression of term `i`. */
  term: string;
  /** WGSL of what the first thread does with the sum, `total`. */
  finish: string;
}

/** The program is run with the number N, as one workgroup. */
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
