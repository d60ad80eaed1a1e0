// run.json: what a run is and where it stands. Replaced atomically, so it is always whole.
import { existsSync } from 'node:fs';
import { arch as cpuArch, cpus, platform } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import * as tf from '#tfjs';
import { PART_NAMES } from '../architectures/architecture.ts';
import { ARCHS } from '../architectures/list.ts';
import { PRECISIONS } from '../backends/backend.ts';
import { readJson, writeFileAtomic } from '../base/atomic-files.ts';
import { TsgptError } from '../base/errors.ts';
import { prettyJson } from '../base/json.ts';
import { VERSION } from '../base/version.ts';
import type { Dataset } from '../data/dataset.ts';
import type { ChatSplitMeta, PairSplitMeta, SplitMeta } from '../data/meta.ts';
import { type Settings, storedSettings } from '../settings/settings.ts';

const initSchema = z.object({ given: z.string(), folder: z.string(), sha256: z.string() });

const recordSchema = z.object({
  format: z.literal(1),
  created: z.string(),
  arch: z.enum(ARCHS),
  settings: z.record(z.string(), z.unknown()),
  data: z
    .object({ folder: z.string(), train: z.string(), val: z.string() })
    .describe('SHA-256 of the token files'),
  overfitOneBatch: z.boolean(),
  init: initSchema
    .optional()
    .describe(
      'the checkpoint that the run began with: as the user named it, its folder, SHA-256 of its weights',
    ),
  parts: z
    .partialRecord(z.enum(PART_NAMES), initSchema)
    .optional()
    .describe('the checkpoints that parts of the model began with'),
  backend: z.object({ name: z.string(), detail: z.string() }),
  precision: z.enum(PRECISIONS),
  versions: z.object({ tsgpt: z.string(), tfjs: z.string() }),
  machine: z.object({ node: z.string(), platform: z.string(), cpu: z.string(), cores: z.int() }),
  status: z.enum(['running', 'finished', 'interrupted', 'diverged']),
  best: z.string().optional(),
  last: z.string().optional(),
});

export type RunRecord = Omit<z.infer<typeof recordSchema>, 'settings'> & { settings: Settings };

const FILE = 'run.json';

export function hasRun(folder: string): boolean {
  return existsSync(join(folder, FILE));
}

export async function readRecord(folder: string): Promise<RunRecord> {
  if (!hasRun(folder)) {
    throw new TsgptError(
      `expected a run in ${folder}, but there is no ${join(folder, FILE)}`,
      'start one: tsgpt train --help',
    );
  }
  const record = await readJson(join(folder, FILE), recordSchema);
  return { ...record, settings: storedSettings(record.arch, record.settings) };
}

export async function writeRecord(folder: string, record: RunRecord): Promise<void> {
  await writeFileAtomic(join(folder, FILE), prettyJson(record));
}

export function versions(): RunRecord['versions'] {
  return { tsgpt: VERSION, tfjs: tf.version_core };
}

export function thisMachine(): RunRecord['machine'] {
  const cores = cpus();
  return {
    node: process.version,
    platform: `${platform()}-${cpuArch()}`,
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
  };
}

export function fingerprints(dataset: Dataset): RunRecord['data'] {
  const { train, val } = dataset.meta.splits;
  return { folder: resolve(dataset.folder), train: digestOf(train), val: digestOf(val) };
}

function digestOf(split: SplitMeta | PairSplitMeta | ChatSplitMeta): string {
  const { sha256, endsSha256, learnedSha256 }: Partial<Record<keyof ChatSplitMeta, unknown>> = split;
  return [sha256, endsSha256, learnedSha256].filter((digest) => digest !== undefined).join(', ');
}
