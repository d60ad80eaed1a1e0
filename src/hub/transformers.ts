// transformers.js, where it is installed: its settings are then the hub's. The package and what it needs are three times
// as large as all the rest of an installation, so it is the user's to install.
import { z } from 'zod';
import type { Probe } from '../backends/backend.ts';
import { firstInstalled, type LoadPackage } from '../base/optional-package.ts';

/** The package's name, and its name before version 3, which an npm alias can give to the later ones. */
const PACKAGES = ['@huggingface/transformers', '@xenova/transformers'] as const;

const fetchSchema = z.custom<(url: URL, init: RequestInit) => Promise<Response>>(
  (value) => typeof value === 'function',
);

const moduleSchema = z.object({
  env: z.object({
    version: z.string(),
    remoteHost: z.string(),
    remotePathTemplate: z.string(),
    allowRemoteModels: z.boolean(),
    cacheDir: z.string().nullish(),
    fetch: fetchSchema.optional(), // from version 4 on
  }),
});

export type TransformersSettings = Omit<z.infer<typeof moduleSchema>['env'], 'version'>;

export type FoundTransformers = { name: string } & z.infer<typeof moduleSchema>;

/** Its settings as they are now: a program may change them at any time. */
export async function findTransformers(load?: LoadPackage): Promise<FoundTransformers | { reason: string }> {
  const found = await firstInstalled(PACKAGES, load);
  if ('reason' in found) return found;
  const parsed = moduleSchema.safeParse(found.module);
  return parsed.success
    ? { name: found.name, ...parsed.data }
    : { reason: `${found.name} has not the settings that transformers.js 2 to 4 have` };
}

/** What `doctor` tells of it. */
export async function probeTransformers(load?: LoadPackage): Promise<Probe> {
  const found = await findTransformers(load);
  if ('env' in found)
    return {
      usable: true,
      detail: `${found.name} ${found.env.version}; import shares its settings and its cache`,
    };
  return {
    usable: false,
    reason: `${found.reason}; import asks the hub without it, and has a cache of its own`,
    hint: `install it with: npm install ${PACKAGES[0]}`,
  };
}
