// How many parameters a model has, without making it.
import { countOf } from '../layers/parameters.ts';
import type { ModelConfig } from './config.ts';
import { architectureOf } from './list.ts';

/** As many as the model that createModel makes of it has, without making it. */
export function countParameters(config: ModelConfig): number {
  return countOf(architectureOf(config).parameters(config));
}
