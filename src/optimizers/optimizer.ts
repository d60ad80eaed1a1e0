// What an optimizer is: what it keeps of the parameters it trains, one update of them, and how it is declared.
import type { z } from 'zod';
import type * as tf from '#tfjs';
import type { Role } from '../layers/parameters.ts';

export type Parameters = ReadonlyMap<string, tf.Variable>;

/** What an update is made with. It changes nothing if the loss or the norm is not finite. */
export interface Update {
  learningRate: number;
  /** Gradients whose global norm is longer are shortened to this; 0 leaves them as they are. */
  clip: number;
  loss: tf.Scalar;
  /** The global norm: that of all gradients together. */
  norm: tf.Scalar;
}

export interface Optimizer {
  /** What is trained. */
  readonly parameters: Parameters;
  /** What it keeps from step to step, by its name in a checkpoint: `<parameter>.<what>`. */
  readonly state: Parameters;
  /** How many updates it has made, including those that were not finite and changed nothing. */
  steps: number;
  /** Updates parameters and state in place. It reads no number back, since it would have to wait for a GPU. */
  update(gradients: ReadonlyMap<string, tf.Tensor>, update: Update): void;
  /** Disposes of the state; the parameters belong to the model. */
  dispose(): void;
}

/** An entry of the list. Everything but `load` is known without tfjs. */
export interface OptimizerKind<Shape extends z.ZodRawShape = z.ZodRawShape> {
  name: string;
  /** For --help. */
  about: string;
  /** Its own settings by name, each with a default and a description. */
  settings: Shape;
  /** Learning rates that nobody gave are so many times AdamW's; absent: the same. */
  learningRateScale?: number;
  /** How many floats it keeps for each float of a parameter of such a role. */
  statePerParameter(settings: SettingsOf<Shape>, role: Role): number;
  /** Whether it updates a parameter of such a role as a whole. Absent: each of its numbers by itself. */
  needsWhole?(role: Role): boolean;
  load(): Promise<Maker<SettingsOf<Shape>>>;
}

export interface Maker<Settings> {
  create(parameters: Parameters, roleOf: (name: string) => Role, settings: Settings): Optimizer;
}

export type SettingsOf<Shape extends z.ZodRawShape> = z.infer<z.ZodObject<Shape>>;
