// A transformer's tensors as llama.cpp has them: under its names, and matrices turned.
import type { FloatTensor } from '../../base/safetensors-file.ts';
import { turned } from '../../base/turned.ts';
import type { GgufTensor } from '../../formats/gguf/model.ts';
import type { Specs } from '../../layers/parameters.ts';

/** Where a text's positions are learned. Small, and exact in every file. */
export const POSITIONS = 'position_embd';

interface Stored {
  /** A checkpoint's, by the names that they have there. */
  readonly tensors: ReadonlyMap<string, FloatTensor>;
  toDisk(name: string): string;
}

/** `names` has llama.cpp's name of each part, by ours without its block: "attn.c_attn". */
export function ggufTensors(
  specs: Specs,
  names: Readonly<Record<string, string>>,
  { tensors, toDisk }: Stored,
): GgufTensor[] {
  return Array.from(specs, (spec) => {
    const [, block, part, kind] = /^(?:\w+\.(\d+)\.)?(.+)\.(weight|bias)$/.exec(spec.name)!;
    const own = names[part!]!;
    const name = `${block === undefined ? '' : `blk.${block}.`}${own}.${kind}`;
    const tensor = tensors.get(toDisk(spec.name))!;
    if (spec.role === 'matrix')
      return { name, shape: spec.shape.toReversed(), values: () => turned(tensor).data, kind: 'matrix' };
    const isExact = spec.role === 'vector' || own === POSITIONS;
    return { name, shape: spec.shape, values: () => tensor.data, kind: isExact ? 'exact' : 'rows' };
  });
}
