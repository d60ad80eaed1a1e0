// An ONNX graph as the bytes of its file, and, where that would grow too large, of a second file with the tensors.
import { VERSION } from '../../base/version.ts';
import {
  type Attributes,
  type GraphBuilder,
  type GraphNode,
  type Initializer,
  TYPE,
  type ValueInfo,
} from './graph-builder.ts';
import { type Content, Message } from './write-protobuf.ts';

/** What onnxruntime 1.14, which transformers.js 2 has, can read. */
const IR_VERSION = 8;
const OPSET = 17;
/** Of operators that are onnxruntime's, and not ONNX's. */
const DOMAINS: Readonly<Record<string, string>> = { MatMulNBits: 'com.microsoft' };

/** Protobuf cannot say more than 2 GiB; the rest is for the graph. */
export const MOST_BYTES = 2 ** 31 - 2 ** 24;
/** The specification's, so that a tensor can be mapped into memory where it lies. */
const ALIGNMENT = 4096;
/** Smaller ones stay with the graph, which reads some of them before it runs. */
const LEAST_EXTERNAL = 1024;
const EXTERNAL = 1;

const ATTRIBUTE = { float: 1, int: 2, string: 3, ints: 7 } as const;

export interface ModelBytes {
  readonly model: readonly Content[];
  /** The contents of the file `externalName`. */
  readonly external: readonly Content[];
}

export function modelBytes(graph: GraphBuilder, externalName: string, most = MOST_BYTES): ModelBytes {
  const tensors = [...graph.initializers.values()];
  const total = tensors.reduce((sum, { content }) => sum + content.length, 0);
  const external = new ExternalFile(externalName);
  const isLarge = ({ content }: Initializer) => total > most && content.length >= LEAST_EXTERNAL;
  const stored = tensors.map((tensor) =>
    isLarge(tensor) ? external.put(tensor) : header(tensor).bytes(9, tensor.content),
  );
  return { model: modelMessage(graph, stored).contents, external: external.contents };
}

function modelMessage(graph: GraphBuilder, tensors: readonly Message[]): Message {
  const body = new Message();
  for (const node of graph.nodes) body.message(1, nodeMessage(node, graph));
  body.text(2, 'tsgpt');
  for (const tensor of tensors) body.message(5, tensor);
  for (const value of graph.inputs) body.message(11, valueMessage(value));
  for (const value of graph.outputs) body.message(12, valueMessage(value));
  const model = new Message()
    .int(1, IR_VERSION)
    .text(2, 'tsgpt')
    .text(3, VERSION)
    .message(7, body)
    .message(8, new Message().text(1, '').int(2, OPSET));
  for (const domain of new Set(graph.nodes.flatMap(({ type }) => DOMAINS[type] ?? [])))
    model.message(8, new Message().text(1, domain).int(2, 1));
  return model;
}

function nodeMessage({ name, type, inputs, outputs, attributes }: GraphNode, graph: GraphBuilder): Message {
  const message = new Message();
  for (const input of inputs) message.text(1, graph.nameOf(input));
  for (const output of outputs) message.text(2, graph.nameOf(output));
  message.text(3, name).text(4, type);
  if (Object.hasOwn(DOMAINS, type)) message.text(7, DOMAINS[type]!);
  for (const [key, value] of Object.entries(attributes)) message.message(5, attributeMessage(key, value));
  return message;
}

/** A number is an int if it is whole: no attribute that is used here is a whole float. */
function attributeMessage(name: string, value: Attributes[string]): Message {
  const message = new Message().text(1, name);
  if (typeof value === 'string') {
    return message.bytes(4, new TextEncoder().encode(value)).int(20, ATTRIBUTE.string);
  }
  if (typeof value !== 'number') return message.ints(8, value).int(20, ATTRIBUTE.ints);
  if (Number.isInteger(value)) return message.int(3, value).int(20, ATTRIBUTE.int);
  return message.float(2, value).int(20, ATTRIBUTE.float);
}

function valueMessage({ name, type, dims }: ValueInfo): Message {
  const shape = new Message();
  for (const dim of dims) {
    shape.message(1, typeof dim === 'number' ? new Message().int(1, dim) : new Message().text(2, dim));
  }
  const tensorType = new Message().int(1, TYPE[type]).message(2, shape);
  return new Message().text(1, name).message(2, new Message().message(1, tensorType));
}

function header({ name, type, dims }: Initializer): Message {
  return new Message().ints(1, dims).int(2, TYPE[type]).text(8, name);
}

class ExternalFile {
  readonly contents: Content[] = [];
  readonly #name: string;
  #length = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** Lays the tensor's bytes down here; returns the message that says where. */
  put(tensor: Initializer): Message {
    this.#append(new Uint8Array((ALIGNMENT - (this.#length % ALIGNMENT)) % ALIGNMENT));
    const message = header(tensor);
    const place = { location: this.#name, offset: this.#length, length: tensor.content.length };
    for (const [key, value] of Object.entries(place)) {
      message.message(13, new Message().text(1, key).text(2, String(value)));
    }
    this.#append(tensor.content);
    return message.int(14, EXTERNAL);
  }

  #append(content: Content): void {
    this.contents.push(content);
    this.#length += content.length;
  }
}
