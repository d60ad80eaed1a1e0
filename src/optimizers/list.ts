// The list of optimizers. It loads no tfjs.
import { UsageError } from '../base/errors.ts';
import { didYouMean } from '../base/nearest.ts';
import { adamw } from './adam-w.ts';
import { lion } from './lion.ts';
import { muon } from './muon.ts';
import type { OptimizerKind } from './optimizer.ts';
import { rmsprop } from './rms-prop.ts';
import { sgd } from './sgd.ts';

export const OPTIMIZERS: readonly OptimizerKind[] = [adamw, sgd, rmsprop, lion, muon];

export const DEFAULT_OPTIMIZER = adamw;

export function optimizerNamed(name: string): OptimizerKind {
  const found = OPTIMIZERS.find((kind) => kind.name === name);
  if (found) return found;
  const known = OPTIMIZERS.map((kind) => kind.name);
  throw new UsageError(`unknown optimizer ${JSON.stringify(name)}`, didYouMean(name, known));
}
