// Which of an ONNX graph's tensors are which of GPT-2's weights. Exporters keep most names; where one is lost (a
// constant that was folded, one of several equal tensors), the node that uses the tensor tells.
import { TsgptError } from '../../base/errors.ts';
import type { OnnxGraph, OnnxNode, OnnxTensor, Weight } from '../../formats/onnx/graph-reader.ts';

const MODULE = String.raw`wte|wpe|ln_f|lm_head|h\.\d+\.(?:ln_1|ln_2|attn\.c_attn|attn\.c_proj|mlp\.c_fc|mlp\.c_proj)`;
/** optimum adds `_merged_0` where it joins two graphs. */
const WEIGHT_NAME = new RegExp(
  String.raw`^(?:transformer\.)?((?:${MODULE})\.(?:weight|bias))(?:_merged_\d+)?$`,
);
/** As in "/transformer/h.0/attn/c_attn/MatMul", with dots for slashes. */
const MODULE_IN_PATH = new RegExp(String.raw`(?:^|\.)(${MODULE})\.`);
const QUANTIZED = /quant|^QLinear|Integer$|NBits$|Bnb4$/i;

const HEAD = 'lm_head.weight';
const EMBEDDING = 'wte.weight';

type Find = (value: string) => Weight | undefined;

/** The keys are GPT-2's names without prefix. The layouts are GPT-2's: (in, out), but for the head, which is (vocabulary, width). */
export function weightsByName(graph: OnnxGraph, file: string): Map<string, Weight> {
  const names = new WeightNames(file);
  names.read(graph, () => undefined);
  return names.weights();
}

class WeightNames {
  readonly #file: string;
  readonly #named = new Map<string, Weight>();
  readonly #used = new Map<string, Weight>();
  /** Those that are multiplied by, with how the product finds them: whether it must turn them to have (in, out). */
  readonly #turned = new Map<OnnxTensor, boolean>();
  readonly #gathered = new Set<OnnxTensor>();

  constructor(file: string) {
    this.#file = file;
  }

  /** `outer` finds the values around the graph. Where the branches of an If differ, the first counts. */
  read({ tensors, nodes }: OnnxGraph, outer: Find): void {
    const values = new Map<string, Weight>();
    const find: Find = (name) => values.get(name) ?? outer(name);
    for (const [name, tensor] of tensors) values.set(name, { tensor, transposed: false });
    for (const node of nodes) {
      if (QUANTIZED.test(node.op)) throw quantized(this.#file, node.op);
      const value = passedOn(node, find);
      if (value !== undefined) values.set(node.outputs[0]!, value);
      else this.#use(node, find);
      for (const { graphs } of node.attributes.values()) for (const inner of graphs) this.read(inner, find);
    }
    this.#nameAll(values);
  }

  #nameAll(values: ReadonlyMap<string, Weight>): void {
    const here = new Map<string, Weight>();
    for (const [value, weight] of values) {
      const name = WEIGHT_NAME.exec(value)?.[1];
      if (name === undefined) continue;
      const other = here.get(name) ?? weight;
      if (other.tensor !== weight.tensor) throw new TsgptError(`${this.#file} has two tensors for ${name}`);
      here.set(name, weight);
    }
    for (const [name, weight] of here) if (!this.#named.has(name)) this.#named.set(name, weight);
  }

  /** Notes what the node says of its inputs. */
  #use(node: OnnxNode, find: Find): void {
    const inputs = node.inputs.slice(0, 3).map(find);
    const [first, second] = inputs;
    if (node.op === 'Gather' && first !== undefined) this.#gathered.add(first.tensor);
    const isProduct = node.op === 'MatMul' || node.op === 'Gemm';
    if (isProduct && second !== undefined && !this.#turned.has(second.tensor)) {
      const transB = node.attributes.get('transB')?.number === 1;
      this.#turned.set(second.tensor, second.transposed !== transB);
    }
    const module = moduleOf(node);
    if (module === undefined) return;
    for (const [kind, weight] of Object.entries(partsOf(node.op, inputs))) {
      const name = `${module}.${kind}`;
      if (weight !== undefined && !this.#used.has(name)) this.#used.set(name, weight);
    }
  }

  weights(): Map<string, Weight> {
    const found = new Map([...this.#used, ...this.#named]);
    const head = found.get(HEAD);
    const embedding = found.get(EMBEDDING) ?? head;
    if (head !== undefined && embedding !== undefined && this.#gathered.has(embedding.tensor)) {
      found.set(EMBEDDING, { tensor: embedding.tensor, transposed: false });
      if (head.tensor === embedding.tensor) found.delete(HEAD);
    }
    return new Map([...found].map(([name, weight]) => [name, this.#inOurLayout(name, weight)]));
  }

  #inOurLayout(name: string, weight: Weight): Weight {
    const turned = this.#turned.get(weight.tensor);
    if (turned === undefined || !/lm_head|attn|mlp/.test(name)) return weight;
    return { tensor: weight.tensor, transposed: name === HEAD ? !turned : turned };
  }
}

/** A constant, or what a node hands on of one with the same values. */
function passedOn(node: OnnxNode, find: Find): Weight | undefined {
  if (node.outputs.length !== 1) return undefined;
  const source = find(node.inputs[0] ?? '');
  switch (node.op) {
    case 'Constant': {
      const tensor = node.attributes.get('value')?.tensor;
      return tensor && { tensor, transposed: false };
    }
    case 'Identity':
    case 'Cast':
      return source;
    case 'Transpose': {
      const order = node.attributes.get('perm')?.numbers ?? [];
      const turns = source?.tensor.shape.length === 2 && ['', '1,0'].includes(order.join());
      return turns ? { tensor: source.tensor, transposed: !source.transposed } : undefined;
    }
  }
  return undefined;
}

/** What of a module the inputs of one of its nodes are. */
function partsOf(
  op: string,
  [first, second, third]: readonly (Weight | undefined)[],
): { weight?: Weight | undefined; bias?: Weight | undefined } {
  switch (op) {
    case 'Gather':
      return { weight: first };
    case 'MatMul':
    case 'Gemm':
    case 'LayerNormalization':
      return { weight: second, bias: third };
    case 'Mul':
      return { weight: [first, second].find(isVector) };
    case 'Add':
      return { bias: [first, second].find(isVector) };
    default:
      return {};
  }
}

/** The part of the model that the node belongs to, if its name or its output's says so. */
function moduleOf({ name, outputs }: OnnxNode): string | undefined {
  if (outputs[0] === 'logits') return 'lm_head';
  for (const path of [name, outputs[0] ?? '']) {
    const module = MODULE_IN_PATH.exec(path.replaceAll('/', '.'))?.[1];
    if (module !== undefined) return module;
  }
  return undefined;
}

/** The epsilon that a norm adds is no vector, but a single number. */
function isVector(weight: Weight | undefined): boolean {
  const { shape } = weight?.tensor ?? { shape: [] };
  return shape.length === 1 && shape[0]! > 1;
}

function quantized(file: string, op: string): TsgptError {
  return new TsgptError(
    `${file} holds quantised weights (${op}): the weights they were made from cannot be had back`,
    'use model.safetensors, or an ONNX file in float32 or float16, such as onnx/model.onnx',
  );
}
