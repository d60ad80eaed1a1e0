// The golden ONNX file in the other forms that exporters and optimizers give the same model.
import { toFloat16 } from '../../../src/base/half.ts';
import { bytesOf, decode, encode, type Fields, text, textOf } from './protobuf.ts';

interface Initializer {
  name: string;
  /** TensorProto.DataType */
  type: number;
  shape: number[];
  data: Uint8Array;
}

interface Node {
  op: string;
  name: string;
  inputs: string[];
  outputs: string[];
  attributes: Uint8Array[];
}

interface Parts {
  model: Fields;
  graph: Fields;
  nodes: Node[];
  initializers: Initializer[];
}

const [GRAPH, NODE, INITIALIZER] = [7, 1, 5];
const [INPUT, OUTPUT] = [11, 12];
const EXTERNAL_NAME = 'model.onnx_data';

export interface Form {
  about: string;
  make(model: Uint8Array): Form.Files;
  /** Its weights are the same, but it does not run as it is. */
  runs?: false;
}

export declare namespace Form {
  interface Files {
    model: Uint8Array;
    /** By name, beside it. */
    others?: Record<string, Uint8Array>;
  }
}

export const FORMS: Form[] = [
  { about: 'two branches of an If, as optimum merges decoders', make: merged },
  { about: 'weights without names', make: (model) => changed(model, forgetNames) },
  { about: 'linear weights turned, for Gemm to turn back', make: (model) => changed(model, turnLinear) },
  { about: 'a head that turns the embedding', make: (model) => changed(model, tieHead) },
  {
    about: 'the embedding under the head’s name, and nodes without paths',
    make: (model) => changed(changed(model, tieHead).model, nameAsHead),
  },
  { about: 'weights in Constant nodes', make: (model) => changed(model, makeConstants) },
  { about: 'values in float_data', make: (model) => withTensors(model, floatData) },
  { about: 'values in a file beside it', make: external },
  { about: 'float16', make: (model) => withTensors(model, float16), runs: false },
];

export function takeApart(bytes: Uint8Array): Parts {
  const model = decode(bytes);
  const graph = decode(bytesOf(model, GRAPH)[0]!);
  return {
    model: model.filter(([field]) => field !== GRAPH),
    graph: graph.filter(([field]) => field !== NODE && field !== INITIALIZER),
    nodes: bytesOf(graph, NODE).map((node) => {
      const fields = decode(node);
      const texts = (field: number) => bytesOf(fields, field).map((value) => new TextDecoder().decode(value));
      const [name, op] = [textOf(fields, 3), textOf(fields, 4)];
      return { op, name, inputs: texts(1), outputs: texts(2), attributes: bytesOf(fields, 5) };
    }),
    initializers: bytesOf(graph, INITIALIZER).map((tensor) => {
      const fields = decode(tensor);
      const numbers = (wanted: number) =>
        fields.flatMap(([field, value]) => (field === wanted && typeof value === 'number' ? [value] : []));
      return {
        name: textOf(fields, 8),
        type: numbers(2)[0]!,
        shape: numbers(1),
        data: bytesOf(fields, 9)[0]!,
      };
    }),
  };
}

export function putTogether({ model, graph, nodes, initializers }: Parts, write = rawTensor): Buffer {
  const whole = [
    ...nodeFields(nodes),
    ...graph,
    ...initializers.map((t) => [INITIALIZER, write(t)] as const),
  ];
  return encode([...model, [GRAPH, encode(whole.map(([field, value]) => [field, value]))]]);
}

export function rawTensor({ name, type, shape, data }: Initializer): Buffer {
  return encode([...header({ name, type, shape }), [9, data]]);
}

function header({ name, type, shape }: Omit<Initializer, 'data'>): Fields {
  return [...shape.map((size): Fields[number] => [1, size]), [2, type], [8, text(name)]];
}

function nodeFields(nodes: Node[]): Fields {
  return nodes.map(({ op, name, inputs, outputs, attributes }) => {
    const fields: Fields = [
      ...inputs.map((input): Fields[number] => [1, text(input)]),
      ...outputs.map((output): Fields[number] => [2, text(output)]),
      [3, text(name)],
      [4, text(op)],
      ...attributes.map((attribute): Fields[number] => [5, attribute]),
    ];
    return [NODE, encode(fields)];
  });
}

function changed(model: Uint8Array, change: (parts: Parts) => void): Form.Files {
  const parts = takeApart(model);
  change(parts);
  return { model: putTogether(parts) };
}

function withTensors(model: Uint8Array, write: (tensor: Initializer) => Buffer): Form.Files {
  return { model: putTogether(takeApart(model), write) };
}

function rename(parts: Parts, nameOf: (name: string, i: number) => string): void {
  const names = new Map(parts.initializers.map(({ name }, i) => [name, nameOf(name, i)]));
  for (const tensor of parts.initializers) tensor.name = names.get(tensor.name)!;
  for (const node of parts.nodes) node.inputs = node.inputs.map((input) => names.get(input) ?? input);
}

function forgetNames(parts: Parts): void {
  rename(parts, (_, i) => `onnx::Weight_${i}`);
}

function merged(model: Uint8Array): Form.Files {
  const parts = takeApart(model);
  rename(parts, (name) => `${name}_merged_0`);
  const outputs = parts.graph.filter(([field]) => field === OUTPUT);
  const branch = encode([...nodeFields(parts.nodes), [2, text('branch')], ...outputs]);
  const attributes = ['then_branch', 'else_branch'].map((name) =>
    encode([
      [1, text(name)],
      [6, branch],
      [20, 5],
    ]),
  );
  const bool = encode([
    [
      1,
      encode([
        [1, 9],
        [2, encode([[1, encode([[1, 1]])]])],
      ]),
    ],
  ]); // a tensor of one bool
  const flag = encode([
    [1, text('use_cache_branch')],
    [2, bool],
  ]);
  parts.graph.push([INPUT, flag]);
  parts.nodes = [{ op: 'If', name: 'if', inputs: ['use_cache_branch'], outputs: ['logits'], attributes }];
  return { model: putTogether(parts) };
}

function turnLinear(parts: Parts): void {
  const transB = encode([
    [1, text('transB')],
    [3, 1],
    [20, 2],
  ]);
  for (const node of parts.nodes.filter(({ op }) => op === 'Gemm')) {
    const tensor = parts.initializers.find(({ name }) => name === node.inputs[1])!;
    tensor.data = turned(tensor);
    tensor.shape.reverse();
    node.attributes.push(transB);
  }
}

function turned({ data, shape }: Initializer): Uint8Array {
  const [rows, columns] = shape as [number, number];
  const values = floatsOf(data);
  const other = values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
  return new Uint8Array(other.buffer);
}

function floatsOf(data: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(data).buffer);
}

function tieHead(parts: Parts): void {
  const head = parts.nodes.find(({ outputs }) => outputs[0] === 'logits')!;
  parts.initializers = parts.initializers.filter(({ name }) => name !== head.inputs[1]);
  head.inputs[1] = 'turned';
  const wte = 'transformer.wte.weight';
  parts.nodes.unshift({ op: 'Transpose', name: 't', inputs: [wte], outputs: ['turned'], attributes: [] });
}

function nameAsHead(parts: Parts): void {
  rename(parts, (name) => (name === 'transformer.wte.weight' ? 'lm_head.weight' : name));
  const names = new Map<string, string>();
  for (const [i, node] of parts.nodes.entries()) {
    node.name = `node_${i}`;
    node.inputs = node.inputs.map((input) => names.get(input) ?? input);
    for (const [o, output] of node.outputs.entries())
      if (output !== 'logits' && !output.startsWith('transformer.')) names.set(output, `val_${i}_${o}`);
    node.outputs = node.outputs.map((output) => names.get(output) ?? output);
  }
}

function makeConstants(parts: Parts): void {
  const constants = parts.initializers.map((tensor) => ({
    op: 'Constant',
    name: '',
    inputs: [],
    outputs: [tensor.name],
    attributes: [
      encode([
        [1, text('value')],
        [5, rawTensor({ ...tensor, name: '' })],
        [20, 4],
      ]),
    ],
  }));
  parts.nodes.unshift(...constants);
  parts.initializers = [];
}

function floatData(tensor: Initializer): Buffer {
  return tensor.type === 1 ? encode([...header(tensor), [4, tensor.data]]) : rawTensor(tensor);
}

function float16(tensor: Initializer): Buffer {
  if (tensor.type !== 1) return rawTensor(tensor);
  const words = toFloat16(floatsOf(tensor.data));
  return rawTensor({ ...tensor, type: 10, data: new Uint8Array(words.buffer) });
}

function external(model: Uint8Array): Form.Files {
  const parts = takeApart(model);
  const pieces: Uint8Array[] = [];
  let offset = 0;
  const bytes = putTogether(parts, (tensor) => {
    if (tensor.type !== 1) return rawTensor(tensor);
    const place = { location: EXTERNAL_NAME, offset: String(offset), length: String(tensor.data.length) };
    pieces.push(tensor.data);
    offset += tensor.data.length;
    return externalTensor(tensor, place);
  });
  return { model: bytes, others: { [EXTERNAL_NAME]: Buffer.concat(pieces) } };
}

export function externalTensor(tensor: Omit<Initializer, 'data'>, place: Record<string, string>): Buffer {
  const pairs = Object.entries(place).map(([key, value]): Fields[number] => [
    13,
    encode([
      [1, text(key)],
      [2, text(value)],
    ]),
  ]);
  return encode([...header(tensor), ...pairs, [14, 1]]);
}
