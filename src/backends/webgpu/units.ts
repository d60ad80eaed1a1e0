// What a GPU multiplies matrices with, where it has that and says so: subgroup matrices, of float16 summed in float32.
import type { AdapterFacts } from './adapter.ts';

/** (M, K) by (K, N) at once, by all the lanes of a subgroup together. */
export interface MatrixUnits {
  M: number;
  N: number;
  K: number;
  lanes: number;
  /** The number of lanes is asked for; else it is the only one there is. */
  chosen: boolean;
  /** Of a workgroup. */
  subgroups: 4 | 8;
}

const NEEDED = ['shader-f16', 'subgroups', 'chromium-experimental-subgroup-matrix'];
const USUAL_LANES = 32;
/** Threads that a workgroup has on any GPU. */
const MOST_THREADS = 256;
/** Bytes: two tiles, and results of each subgroup on their way out. */
const WORKGROUP_STORAGE = 32_768;

/** The largest that the product's program can use. */
export function unitsOf(facts: AdapterFacts): MatrixUnits | undefined {
  const { features, matrices, lanes: offered, workgroupStorage } = facts;
  if (!NEEDED.every((feature) => features.has(feature)) || workgroupStorage < WORKGROUP_STORAGE)
    return undefined;
  const chosen = features.has('subgroup-size-control');
  if (!chosen && offered.least !== offered.most) return undefined;
  const lanes = Math.max(offered.least, Math.min(USUAL_LANES, offered.most));
  const subgroups = 8 * lanes <= MOST_THREADS ? 8 : 4;
  const [best] = matrices
    .filter(
      ({ componentType, resultComponentType }) => componentType === 'f16' && resultComponentType === 'f32',
    )
    .filter(({ M, N, K }) => 32 % M === 0 && 16 % N === 0 && 32 % K === 0)
    .sort((one, other) => other.M * other.N * other.K - one.M * one.N * one.K);
  return best && { M: best.M, N: best.N, K: best.K, lanes, chosen, subgroups };
}
