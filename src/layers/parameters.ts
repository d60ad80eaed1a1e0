// What is known of a model's parameters before there is a model: name, shape, role and initial values. Loads nothing of tfjs.
import type { Stream } from '../base/random.ts';

/** A vector is a bias or a norm's scale: it does not decay. An embedding's rows are looked up, not multiplied. */
export type Role = 'embedding' | 'matrix' | 'vector' | 'head';

/** The value of element `index` of a parameter; the elements are drawn in order. */
export type Initializer = (stream: Stream, index: number) => number;

export interface ParameterSpec {
  /** As the checkpoint has it: `h.0.attn.c_attn.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly role: Role;
  readonly initial: Initializer;
}

export type Specs = Iterable<ParameterSpec>;

export const zero: Initializer = () => 0;
export const one: Initializer = () => 1;
export function normal(deviation: number): Initializer {
  return (stream) => deviation * stream.normal();
}
export function uniform(bound: number): Initializer {
  return (stream) => bound * (2 * stream.uniform() - 1);
}

export function matrix(name: string, rows: number, columns: number, initial: Initializer): ParameterSpec {
  return { name, shape: [rows, columns], role: 'matrix', initial };
}

export function vector(name: string, size: number, initial: Initializer = zero): ParameterSpec {
  return { name, shape: [size], role: 'vector', initial };
}

/** A table of `rows` vectors, looked up by id: weight (rows, width). */
export function tableSpecs(rows: number, width: number, initial: Initializer = zero): ParameterSpec[] {
  return [{ name: 'weight', shape: [rows, width], role: 'embedding', initial }];
}

/** The parameters of layerNorm: weight (C), bias (C). */
export function normSpecs(width: number): ParameterSpec[] {
  return [vector('weight', width, one), vector('bias', width)];
}

/** The parameters of a matrix product with a bias: weight (in, out), bias (out). */
export function linearSpecs(inputs: number, outputs: number, initial: Initializer = zero): ParameterSpec[] {
  return [matrix('weight', inputs, outputs, initial), vector('bias', outputs)];
}

export interface HeadShape {
  vocabSize: number;
  width: number;
  bias: boolean;
  /** Whether the head uses the embedding's matrix, and so has none of its own. */
  tied: boolean;
}

/** The parameters of the output layer: weight (V, C) unless it is tied, bias (V) if there is one. */
export function headSpecs(
  { vocabSize, width, bias, tied }: HeadShape,
  initial: Initializer = zero,
): ParameterSpec[] {
  return [
    ...(tied ? [] : [{ name: 'weight', shape: [vocabSize, width], role: 'head', initial } as const]),
    ...(bias ? [vector('bias', vocabSize)] : []),
  ];
}

/** The same under `prefix.`, as a layer's parameters are named in its parent. */
export function* within(prefix: string, specs: Specs): Generator<ParameterSpec> {
  for (const spec of specs) yield { ...spec, name: `${prefix}.${spec.name}` };
}

/** How many numbers there are in all of them. */
export function countOf(specs: Specs): number {
  let count = 0;
  for (const { shape } of specs) count += shape.reduce((product, size) => product * size, 1);
  return count;
}
