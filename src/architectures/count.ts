// How many parameters a model has, without making it.
import { countOf } from '../layers/parameters.ts';
import type { ModelConfig } from './config.ts';
import { architectureOf } from './list.ts';

/** Counts the parameters of the model that createModel would make, without making it. */
export function countParameters(config: ModelConfig): number {
  return countOf(architectureOf(config).parameters(config));
}
