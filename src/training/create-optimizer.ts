// From settings to the optimizer of what is trained.
import { z } from 'zod';
import type { ModelConfig } from '../architectures/config.ts';
import { architectureOf } from '../architectures/list.ts';
import type { Role } from '../layers/parameters.ts';
import { optimizerNamed } from '../optimizers/list.ts';
import type { Optimizer, OptimizerKind, Parameters } from '../optimizers/optimizer.ts';

type OptimizerSettings = Readonly<Record<string, unknown>> & { optimizer: string };

/** Each optimizer reads its own settings. A parameter that the model does not have is a matrix of a LoRA adapter. */
export async function createOptimizer(
  parameters: Parameters,
  config: ModelConfig,
  settings: OptimizerSettings,
): Promise<Optimizer> {
  const kind = optimizerNamed(settings.optimizer);
  const specs = architectureOf(config).parameters(config);
  const roles = new Map<string, Role>(Array.from(specs, ({ name, role }) => [name, role]));
  const { create } = await kind.load();
  return create(parameters, (name) => roles.get(name) ?? 'matrix', ownSettings(kind, settings));
}

/** How many floats the optimizer keeps for each float that it trains. */
export function statePerParameter(settings: OptimizerSettings): number {
  const kind = optimizerNamed(settings.optimizer);
  return kind.statePerParameter(ownSettings(kind, settings));
}

function ownSettings({ settings: shape }: OptimizerKind, settings: OptimizerSettings) {
  return z.object(shape).parse(settings);
}
