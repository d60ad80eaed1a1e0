// Tensor cores, which WebGPU exposes as subgroup matrices: float16 products that are summed in float32.
import type { AdapterFacts } from './adapter.ts';

/** All lanes of a subgroup together multiply (M, K) by (K, N) at once. */
export interface TensorCores {
  M: number;
  N: number;
  K: number;
  /** Lanes of a subgroup. */
  lanes: number;
  /** The program asks for that number of lanes; else the GPU has no other. */
  lanesAreChosen: boolean;
  /** Subgroups of a workgroup. */
  subgroups: 4 | 8;
}

const NEEDED = ['shader-f16', 'subgroups', 'chromium-experimental-subgroup-matrix'];
const USUAL_LANES = 32;
/** Any GPU runs so many threads in a workgroup. */
const MOST_THREADS = 256;
/** Bytes of workgroup memory for two staged tiles, and for each subgroup's results on their way to y. */
const WORKGROUP_STORAGE = 32_768;

/** The largest subgroup matrices that the product's program can use. */
export function tensorCoresOf(facts: AdapterFacts): TensorCores | undefined {
  const { features, matrices, lanes: offered, workgroupStorage } = facts;
  if (!NEEDED.every((feature) => features.has(feature)) || workgroupStorage < WORKGROUP_STORAGE)
    return undefined;
  const lanesAreChosen = features.has('subgroup-size-control');
  if (!lanesAreChosen && offered.least !== offered.most) return undefined;
  const lanes = Math.max(offered.least, Math.min(USUAL_LANES, offered.most));
  const subgroups = 8 * lanes <= MOST_THREADS ? 8 : 4;
  const [best] = matrices
    .filter(
      ({ componentType, resultComponentType }) => componentType === 'f16' && resultComponentType === 'f32',
    )
    .filter(({ M, N, K }) => 32 % M === 0 && 16 % N === 0 && 32 % K === 0)
    .sort((one, other) => other.M * other.N * other.K - one.M * one.N * one.K);
  return best && { M: best.M, N: best.N, K: best.K, lanes, lanesAreChosen, subgroups };
}
