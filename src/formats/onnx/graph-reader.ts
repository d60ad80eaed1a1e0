// The graph of an ONNX file: its nodes, and where its tensors' values lie. No values are read here.
import { TYPE } from './graph-builder.ts';
import type { Field, WireReader } from './wire-reader.ts';

export interface OnnxTensor {
  readonly name: string;
  /** The number that ONNX gives the type; TYPE has those that are known here. */
  readonly type: number;
  readonly shape: readonly number[];
  /** The values lie here in the file itself; undefined where this reader does not know them. */
  readonly bytes: { readonly start: number; readonly end: number } | undefined;
  /** What the file says of another file in which they lie. */
  readonly external: ReadonlyMap<string, string> | undefined;
}

export interface OnnxNode {
  op: string;
  name: string;
  readonly inputs: string[];
  readonly outputs: string[];
  readonly attributes: Map<string, OnnxAttribute>;
}

export interface OnnxAttribute {
  number: number;
  numbers: number[];
  tensor: OnnxTensor | undefined;
  readonly graphs: OnnxGraph[];
}

/** A weight as an importer finds it in a graph. */
export interface Weight {
  readonly tensor: OnnxTensor;
  /** Its rows are stored as columns. */
  readonly transposed: boolean;
}

export interface OnnxGraph {
  readonly tensors: Map<string, OnnxTensor>;
  readonly nodes: OnnxNode[];
}

const EXTERNAL = 1;

/** GPT-2 has fewer than 10,000 nodes for each branch, two dimensions, and branches one deep. */
const MOST_NODES = 100_000;
const MOST_TENSORS = 100_000;
const MOST_DIMENSIONS = 32;
const MOST_DEPTH = 8;

export async function readGraph(wire: WireReader): Promise<OnnxGraph> {
  const reader = new GraphReader(wire);
  let graph: OnnxGraph | undefined;
  for await (const field of wire.fields()) {
    if (field.number !== 7) continue;
    if (graph !== undefined) throw wire.damaged('it has two graphs');
    graph = await reader.graph(field, 1);
  }
  if (graph === undefined) throw wire.damaged('it has no graph');
  return graph;
}

/** The numbers are those of the fields in onnx.proto. */
class GraphReader {
  readonly #wire: WireReader;
  #nodes = 0;
  #tensors = 0;

  constructor(wire: WireReader) {
    this.#wire = wire;
  }

  async graph(message: Field, depth: number): Promise<OnnxGraph> {
    if (depth > MOST_DEPTH) throw this.#wire.damaged(`its graphs are nested more than ${MOST_DEPTH} deep`);
    const graph: OnnxGraph = { tensors: new Map(), nodes: [] };
    for await (const field of this.#wire.fields(message)) {
      if (field.number === 1) graph.nodes.push(await this.#node(field, depth));
      if (field.number !== 5) continue;
      const tensor = await this.#tensor(field);
      if (graph.tensors.has(tensor.name)) throw this.#wire.damaged(`two tensors are named ${tensor.name}`);
      graph.tensors.set(tensor.name, tensor);
    }
    return graph;
  }

  async #node(message: Field, depth: number): Promise<OnnxNode> {
    const wire = this.#wire;
    if (++this.#nodes > MOST_NODES) throw wire.damaged(`it has more than ${MOST_NODES} nodes`);
    const node: OnnxNode = { op: '', name: '', inputs: [], outputs: [], attributes: new Map() };
    for await (const field of wire.fields(message)) {
      if (field.number === 1) node.inputs.push(await wire.text(field));
      if (field.number === 2) node.outputs.push(await wire.text(field));
      if (field.number === 3) node.name = await wire.text(field);
      if (field.number === 4) node.op = await wire.text(field);
      if (field.number === 5) node.attributes.set(...(await this.#attribute(field, depth)));
    }
    return node;
  }

  async #attribute(message: Field, depth: number): Promise<[name: string, OnnxAttribute]> {
    const wire = this.#wire;
    let name = '';
    const attribute: OnnxAttribute = { number: 0, numbers: [], tensor: undefined, graphs: [] };
    for await (const field of wire.fields(message)) {
      if (field.number === 1) name = await wire.text(field);
      if (field.number === 3) attribute.number = wire.number(field);
      if (field.number === 5) attribute.tensor = await this.#tensor(field);
      if (field.number === 6 || field.number === 11)
        attribute.graphs.push(await this.graph(field, depth + 1));
      // A longer list is not an order of dimensions, the only one that is asked for.
      const isShort = attribute.numbers.length + field.end - field.start <= MOST_DIMENSIONS;
      if (field.number === 8 && isShort)
        attribute.numbers.push(...(await wire.numbers(field, MOST_DIMENSIONS)));
    }
    return [name, attribute];
  }

  async #tensor(message: Field): Promise<OnnxTensor> {
    const wire = this.#wire;
    if (++this.#tensors > MOST_TENSORS) throw wire.damaged(`it has more than ${MOST_TENSORS} tensors`);
    const shape: number[] = [];
    const external = new Map<string, string>();
    let [name, type, location] = ['', 0, 0];
    let bytes: OnnxTensor['bytes'];
    for await (const field of wire.fields(message)) {
      if (field.number === 1) shape.push(...(await wire.numbers(field, MOST_DIMENSIONS)));
      if (shape.length > MOST_DIMENSIONS) throw wire.damaged(`tensor ${name} has too many dimensions`);
      if (field.number === 2) type = wire.number(field);
      if (field.number === 8) name = await wire.text(field);
      if (field.number === 13) external.set(...(await this.#pair(field)));
      if (field.number === 14) location = wire.number(field);
      if (field.number !== 9 && !(field.number === 4 && type === TYPE.float)) continue;
      if (bytes !== undefined) throw wire.damaged(`tensor ${name} has its values in several pieces`);
      bytes = { start: field.start, end: field.end };
    }
    return { name, type, shape, bytes, external: location === EXTERNAL ? external : undefined };
  }

  async #pair(message: Field): Promise<[key: string, value: string]> {
    let [key, value] = ['', ''];
    for await (const field of this.#wire.fields(message)) {
      if (field.number === 1) key = await this.#wire.text(field);
      if (field.number === 2) value = await this.#wire.text(field);
    }
    return [key, value];
  }
}
