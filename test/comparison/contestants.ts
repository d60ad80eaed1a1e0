// Architectures to be compared, each with its preset baby.
import type { Contestant } from '../../src/comparison/match.ts';

export function contestants(archs: readonly string[], flags: Record<string, unknown> = {}): Contestant[] {
  return archs.map((arch) => ({ name: arch, sources: { arch, preset: 'baby', flags } }));
}
