// The disk form of an architecture that is tsgpt's own: its configuration as it is, and its parameters by their own names.
import type { z } from 'zod';
import { checked } from '../base/json.ts';
import type { DiskForm } from './architecture.ts';
import type { ModelConfig } from './config.ts';

export function ownDisk<Config extends ModelConfig>(
  name: string,
  config: z.ZodType<Config>,
): DiskForm<Config> {
  const modelType = `tsgpt-${name}`;
  return {
    modelTypes: [modelType],
    format: (model) => ({ model_type: modelType, ...model }),
    parse: ({ model_type: _, ...json }: { model_type?: unknown }, file) => checked(json, config, file),
    toDisk: (stored) => stored,
    fromDisk: (stored) => stored,
  };
}
