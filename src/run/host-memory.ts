// How much memory this machine, or the container that the process is in, has for it.
import { totalmem } from 'node:os';

export function hostMemory(): number {
  const limit = process.constrainedMemory?.() ?? 0; // 0, or beyond any machine: there is none
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
