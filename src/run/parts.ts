// Parts of a model that begin as other runs' models were trained (--init-encoder, --init-decoder): these decide its sizes, and
// their tokenizers must be those of the pairs.
import { PART_NAMES, type Part, type PartName } from '../architectures/architecture.ts';
import type { ModelConfig } from '../architectures/config.ts';
import { ARCHITECTURES, architectureNamed, architectureOf } from '../architectures/list.ts';
import { TsgptError, UsageError } from '../base/errors.ts';
import type { FloatTensor } from '../base/safetensors-file.ts';
import type { Tensors } from '../checkpoint/checkpoint.ts';
import { withMerged } from '../checkpoint/load.ts';
import type { Dataset } from '../data/dataset.ts';
import type { ParameterSpec } from '../layers/parameters.ts';
import { modelSettings, type SettingValues } from '../settings/settings.ts';
import type { OpenedInit } from './init.ts';
import { refuseOther } from './other-tokens.ts';

export type OpenedPart = OpenedInit & { name: PartName; part: Part };

/** `open` finds the checkpoint that a part is to begin with. */
export async function openParts<Given>(
  given: Readonly<Partial<Record<PartName, Given>>> | undefined,
  arch: string,
  open: (given: Given) => Promise<OpenedInit>,
): Promise<OpenedPart[]> {
  const parts: OpenedPart[] = [];
  for (const name of PART_NAMES) {
    const from = given?.[name];
    if (from === undefined) continue;
    const part = partOf(arch, name);
    const opened = await open(from);
    const { arch: other } = opened.checkpoint.model;
    if (other !== part.arch)
      throw new UsageError(
        `expected a model of ${part.arch} for --init-${name}, but ${opened.folder} is one of ${other}`,
        `train one: tsgpt train --arch ${part.arch}`,
      );
    parts.push({ name, part, ...opened });
  }
  return parts;
}

function partOf(arch: string, name: PartName): Part {
  const part = architectureNamed(arch).parts?.[name];
  if (part) return part;
  const having = ARCHITECTURES.filter(({ parts }) => parts?.[name]).map(({ name }) => name);
  throw new UsageError(
    `a model of ${arch} has no ${name} that begins with another run’s weights`,
    `choose another: --arch ${having.join(' or ')}`,
  );
}

/** What the parts make of the settings; what is given may not say otherwise. Of two contexts the shorter one counts. */
export function settingsOfParts(
  parts: readonly OpenedPart[],
  arch: string,
  given: SettingValues,
): SettingValues {
  const { settings } = architectureNamed(arch);
  const decided = new Map<string, unknown>();
  for (const { name, part, folder, checkpoint } of parts) {
    const { dropout: _, ...sizes } = modelSettings(checkpoint.model);
    for (const [key, is] of Object.entries({ ...sizes, [name]: part.arch })) {
      if (!(key in settings)) continue;
      const before = decided.get(key) ?? is;
      if (key !== 'context' && before !== is)
        throw new UsageError(
          `both parts must be of the same ${key}, but ${key} is ${is} in ${folder}, not ${before}`,
        );
      decided.set(key, key === 'context' ? Math.min(Number(before), Number(is)) : is);
    }
  }
  const differences = [...decided].flatMap(([key, is]) => {
    const wanted = given[key] ?? is;
    if (key === 'context' && Number(wanted) <= Number(is)) decided.set(key, wanted);
    else if (wanted !== is) return [`${key} is ${is}, not ${wanted}`];
    return [];
  });
  if (differences.length === 0) return Object.fromEntries(decided);
  const folders = parts.map(({ folder }) => folder).join(' and ');
  throw new UsageError(
    `what begins with ${folders} has its sizes, but: ${differences.join('; ')}`,
    'leave these out',
  );
}

/** An encoder reads the sources' tokens, a decoder writes the targets'. */
export async function refuseOtherTokensOfParts(
  parts: readonly OpenedPart[],
  { folder: data, meta }: Pick<Dataset, 'folder' | 'meta'>,
): Promise<void> {
  for (const { name, folder, checkpoint } of parts) {
    const isSource = name === 'encoder' && meta.kind === 'pairs';
    const read = isSource ? meta.sourceTokenizer : meta.tokenizer;
    const flag = isSource ? '--source-tokenizer' : '--tokenizer';
    refuseOther(
      { folder, tokenizer: await checkpoint.tokenizer() },
      { folder: data, tokenizer: read },
      `tsgpt prepare --pairs <pairs> ${flag}`,
    );
  }
}

/** What parameters of the model begin with. */
export async function weightsOfParts(parts: readonly OpenedPart[], model: ModelConfig): Promise<Tensors> {
  const weights = new Map<string, FloatTensor>();
  for (const { part, folder, checkpoint } of parts) {
    const other = checkpoint.model;
    const theirs = new Set(Array.from(architectureOf(other).parameters(other), ({ name }) => name));
    const parameters = new Map<string, FloatTensor>();
    await withMerged(checkpoint, folder).eachParameter((name, tensor) => parameters.set(name, tensor));
    for (const spec of architectureOf(model).parameters(model)) {
      const name = part.nameIn(spec.name);
      if (name === undefined || !theirs.has(name)) continue;
      const tensor = parameters.get(name);
      if (tensor === undefined) throw new TsgptError(`${folder} has no tensor ${name}`);
      weights.set(spec.name, firstRows(tensor, spec));
    }
  }
  return weights;
}

/** Of a table that is longer than the model's, the rows that it has: a BERT's has the mask's too, and positions of its whole context. */
function firstRows(tensor: FloatTensor, { role, shape }: ParameterSpec): FloatTensor {
  const [rows, width] = shape as [number, number];
  if (role !== 'embedding' || tensor.shape[0]! <= rows || tensor.shape[1] !== width) return tensor;
  return { shape, data: tensor.data.subarray(0, rows * width) };
}
