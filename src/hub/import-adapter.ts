// A LoRA adapter that Python's PEFT saved, as an adapter of ours: the checkpoint that it belongs to is told, and remembered by
// its weights' SHA-256.
import { dirname, join, resolve } from 'node:path';
import { TsgptError, UsageError } from '../base/errors.ts';
import { removeLeftovers } from '../base/leftovers.ts';
import { VERSION } from '../base/version.ts';
import { ADAPTER_FILES } from '../checkpoint/adapter.ts';
import { digestOfWeights } from '../checkpoint/adapter-base.ts';
import { folderOnDisk } from '../checkpoint/folder-on-disk.ts';
import { readAdapterFor } from '../checkpoint/load.ts';
import { openCheckpointAt, saveAdapter } from '../checkpoint/on-disk.ts';
import { openSealed } from '../checkpoint/sealed-folder.ts';
import { checkpointFolder } from '../run/open.ts';
import type { ImportedModel } from './import.ts';
import { finite } from './parameters.ts';
import { checkReplaceable } from './replaceable.ts';

/** Whether it is a folder with an adapter. */
export function isAdapter(source: string): boolean {
  return folderOnDisk(source).has(ADAPTER_FILES.config);
}

/**
 * Reads a LoRA adapter that Python's PEFT saved, and writes it as a checkpoint of ours, whose weights are the base's and the adapter's.
 * @param source PEFT's folder.
 * @param base The run or checkpoint whose weights it was trained for; of a run, the best checkpoint.
 * @param out The checkpoint's folder. It may hold an earlier import, which is replaced.
 * @example
 * import { importAdapter } from 'tsgpt';
 * const { folder, parameters } = await importAdapter('downloads/adapter', 'checkpoints/gpt2', 'checkpoints/tuned');
 * console.log(folder, parameters);
 */
export async function importAdapter(source: string, base: string, out: string): Promise<ImportedModel> {
  const sealed = await openSealed(folderOnDisk(source));
  if (sealed.seal)
    throw new UsageError(`${source} is a checkpoint of tsgpt as it is`, 'use it where it lies');
  if (!sealed.folder.has(ADAPTER_FILES.parameters))
    throw new TsgptError(
      `${source} has no ${ADAPTER_FILES.parameters}`,
      'save the adapter as safetensors, in Python: model.save_pretrained(folder)',
    );
  await checkReplaceable(out);
  const folder = resolve(await checkpointFolder(base, 'best'));
  const { model, tokenizer } = await openCheckpointAt(folder, { optimizer: false });
  const sha256 = await digestOfWeights(folderOnDisk(folder));
  const adapter = await readAdapterFor(sealed, model, { folder, sha256 });
  for (const [name, { data }] of adapter.tensors) finite(data, `${source}: tensor ${name}`);
  const files = Object.values(ADAPTER_FILES).map((name) => join(source, name));
  const words = await tokenizer();
  await removeLeftovers(dirname(resolve(out)));
  const state = { imported: { files: files.map((file) => resolve(file)), tsgpt: VERSION } };
  await saveAdapter(out, { model, adapter, tokenizer: words, state });
  const parameters = [...adapter.tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  return { folder: out, parameters, files, tokenizer: words.name, notes: [] };
}
