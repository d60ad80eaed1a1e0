// What an optimizer is: what it keeps of the parameters it trains, one update of them, and how it is declared.
import type { z } from 'zod';
import type * as tf from '#tfjs';
import type { Role } from '../layers/parameters.ts';

export type Parameters = ReadonlyMap<string, tf.Variable>;

/** With one that is not finite, loss or norm, an update changes nothing. */
export interface Update {
  learningRate: number;
  /** The gradients' norm is held to this; 0 leaves them as they are. */
  clip: number;
  loss: tf.Scalar;
  /** Of all gradients together. */
  norm: tf.Scalar;
}

export interface Optimizer {
  /** What is trained. */
  readonly parameters: Parameters;
  /** What it keeps from step to step, by its name in a checkpoint: `<parameter>.<what>`. */
  readonly state: Parameters;
  /** How many updates it has been given, those included that were not finite and changed nothing. */
  steps: number;
  /** In place, and without a look at any number: a GPU would have to be waited for. */
  update(gradients: ReadonlyMap<string, tf.Tensor>, update: Update): void;
  /** Of its state; the parameters are not its own. */
  dispose(): void;
}

/** One of the list. All but `load` is known without tfjs. */
export interface OptimizerKind<Shape extends z.ZodRawShape = z.ZodRawShape> {
  name: string;
  /** For --help. */
  about: string;
  /** By key, each with its default and what it is. */
  settings: Shape;
  /** Floats that it keeps for each that it trains. */
  statePerParameter(settings: SettingsOf<Shape>): number;
  load(): Promise<Maker<SettingsOf<Shape>>>;
}

export interface Maker<Settings> {
  create(parameters: Parameters, roleOf: (name: string) => Role, settings: Settings): Optimizer;
}

export type SettingsOf<Shape extends z.ZodRawShape> = z.infer<z.ZodObject<Shape>>;
