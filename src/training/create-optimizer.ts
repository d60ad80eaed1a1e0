// From settings to the optimizer of what is trained.
import { z } from 'zod';
import type { ModelConfig } from '../architectures/config.ts';
import { architectureOf } from '../architectures/list.ts';
import type { Role } from '../layers/parameters.ts';
import { optimizerNamed } from '../optimizers/list.ts';
import type { Optimizer, Parameters } from '../optimizers/optimizer.ts';

type OptimizerSettings = Readonly<Record<string, unknown>> & { optimizer: string };

/** Each optimizer reads its own of the settings. A parameter that is not the model's is a LoRA adapter's matrix. */
export async function createOptimizer(
  parameters: Parameters,
  config: ModelConfig,
  settings: OptimizerSettings,
): Promise<Optimizer> {
  const kind = optimizerNamed(settings.optimizer);
  const specs = architectureOf(config).parameters(config);
  const roles = new Map<string, Role>(Array.from(specs, ({ name, role }) => [name, role]));
  const { create } = await kind.load();
  return create(parameters, (name) => roles.get(name) ?? 'matrix', z.object(kind.settings).parse(settings));
}

/** Floats that the optimizer keeps for each that it trains. */
export function statePerParameter(settings: OptimizerSettings): number {
  const kind = optimizerNamed(settings.optimizer);
  return kind.statePerParameter(z.object(kind.settings).parse(settings));
}
