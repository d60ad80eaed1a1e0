// Weights that are spread over several safetensors files, which an index names.
import { dirname } from 'node:path';
import { z } from 'zod';
import { TsgptError } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import { openSafetensors } from '../base/safetensors-disk.ts';
import type { SafetensorsFile } from '../base/safetensors-file.ts';
import { fileInside, readSmallText } from './files.ts';
import type { WeightsFile } from './weights.ts';

const MOST_INDEX_BYTES = 64 << 20;

const indexSchema = z.looseObject({ weight_map: z.record(z.string(), z.string()) });

export async function openShards(index: string): Promise<WeightsFile> {
  const { weight_map } = parseJson(await readSmallText(index, MOST_INDEX_BYTES), indexSchema, index);
  const shards = new Map<string, SafetensorsFile>();
  const close = async () => {
    for (const shard of shards.values()) await shard.close();
  };
  try {
    for (const name of new Set(Object.values(weight_map))) {
      shards.set(name, await openSafetensors(fileInside(dirname(index), name, index)));
    }
    const shardOf = locate(shards, weight_map, index);
    return {
      tensors: new Map([...shardOf].map(([name, shard]) => [name, shard.tensors.get(name)!])),
      read: (name) => shardOf.get(name)!.read(name),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Every tensor of every shard, which must be in one of them only, and in that which the index says. */
function locate(
  shards: ReadonlyMap<string, SafetensorsFile>,
  weightMap: Readonly<Record<string, string>>,
  index: string,
): Map<string, SafetensorsFile> {
  const shardOf = new Map<string, SafetensorsFile>();
  for (const shard of shards.values()) {
    for (const name of shard.tensors.keys()) {
      if (shardOf.has(name))
        throw new TsgptError(`two of the files that ${index} names have a tensor ${name}`);
      shardOf.set(name, shard);
    }
  }
  for (const [name, file] of Object.entries(weightMap)) {
    if (shardOf.get(name) === shards.get(file)) continue;
    throw new TsgptError(`${index} says that ${file} has a tensor ${name}, but it has not`);
  }
  return shardOf;
}
