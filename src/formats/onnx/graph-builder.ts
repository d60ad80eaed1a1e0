// An ONNX graph while it is put together: nodes with readable names, and tensors whose bytes are made when written.
import type { Content } from './write-protobuf.ts';

/** ONNX's numbers for the types of elements. */
export const TYPE = { float: 1, uint8: 2, int8: 3, int64: 7, bool: 9, float16: 10, bfloat16: 16 } as const;
export type ElementType = keyof typeof TYPE;

/** A name stands for a size that is known only when the graph runs. */
export type Dims = readonly (number | string)[];

export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: Dims;
}

export interface Initializer {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly content: Content;
}

export type Attributes = Readonly<Record<string, number | string | readonly number[]>>;

export interface GraphNode {
  readonly name: string;
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

export class GraphBuilder {
  readonly nodes: GraphNode[] = [];
  readonly initializers = new Map<string, Initializer>();
  readonly inputs: ValueInfo[] = [];
  readonly outputs: ValueInfo[] = [];
  readonly #nodeNames = new Set<string>();
  readonly #outputNames = new Map<string, string>();

  input(name: string, type: ElementType, dims: Dims): string {
    this.inputs.push({ name, type, dims });
    return name;
  }

  /** Makes a node's output one of the graph's, by another name. */
  output(value: string, name: string, type: ElementType, dims: Dims): void {
    this.outputs.push({ name, type, dims });
    this.#outputNames.set(value, name);
  }

  /** What a value is called in the file. */
  nameOf(value: string): string {
    return this.#outputNames.get(value) ?? value;
  }

  /** A node in `scope` ("/transformer/h.0/attn"); returns its output. */
  add(scope: string, type: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.addMany(scope, type, inputs, attributes, 1)[0]!;
  }

  /** The same for a node of several outputs. */
  addMany(
    scope: string,
    type: string,
    inputs: readonly string[],
    attributes: Attributes,
    count: number,
  ): string[] {
    const name = this.#nameIn(scope, type);
    const outputs = Array.from({ length: count }, (_, i) => `${name}_output_${i}`);
    this.nodes.push({ name, type, inputs, outputs, attributes });
    return outputs;
  }

  #nameIn(scope: string, type: string): string {
    const first = `${scope}/${type}`;
    let name = first;
    for (let i = 1; this.#nodeNames.has(name); i++) name = `${first}_${i}`;
    this.#nodeNames.add(name);
    return name;
  }

  /** Adding the same name again is adding nothing. */
  tensor(name: string, type: ElementType, dims: readonly number[], content: () => Content): string {
    if (!this.initializers.has(name)) this.initializers.set(name, { name, type, dims, content: content() });
    return name;
  }

  /** A constant list of whole numbers, or a single one. */
  ints(values: number | readonly number[]): string {
    const list = typeof values === 'number' ? [values] : values;
    const dims = typeof values === 'number' ? [] : [list.length];
    return this.tensor(`int64 ${JSON.stringify(values)}`, 'int64', dims, () =>
      bytesOf(BigInt64Array.from(list, BigInt)),
    );
  }

  float(value: number): string {
    return this.tensor(`float ${value}`, 'float', [], () => bytesOf(Float32Array.of(value)));
  }
}

export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
