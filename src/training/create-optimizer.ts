// From settings to the optimizer of what is trained.
import { z } from 'zod';
import type { ModelConfig } from '../architectures/config.ts';
import { architectureOf } from '../architectures/list.ts';
import type { Role } from '../layers/parameters.ts';
import { optimizerNamed } from '../optimizers/list.ts';
import type { Optimizer, OptimizerKind, Parameters } from '../optimizers/optimizer.ts';

type OptimizerSettings = Readonly<Record<string, unknown>> & { optimizer: string };

/** Each optimizer reads its own settings. */
export async function createOptimizer(
  parameters: Parameters,
  config: ModelConfig,
  settings: OptimizerSettings,
): Promise<Optimizer> {
  const kind = optimizerNamed(settings.optimizer);
  const { create } = await kind.load();
  return create(parameters, rolesOf(config), ownSettings(kind, settings));
}

/** By name. A parameter that the model does not have is a matrix of a LoRA adapter. */
export function rolesOf(config: ModelConfig): (name: string) => Role {
  const specs = architectureOf(config).parameters(config);
  const roles = new Map<string, Role>(Array.from(specs, ({ name, role }) => [name, role]));
  return (name) => roles.get(name) ?? 'matrix';
}

/** How many floats the optimizer keeps for each float of a parameter of such a role. */
export function statePerParameter(settings: OptimizerSettings): (role: Role) => number {
  const kind = optimizerNamed(settings.optimizer);
  const own = ownSettings(kind, settings);
  return (role) => kind.statePerParameter(own, role);
}

function ownSettings({ settings: shape }: OptimizerKind, settings: OptimizerSettings) {
  return z.object(shape).parse(settings);
}
