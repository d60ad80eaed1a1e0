// A sequence-to-sequence model as two ONNX graphs: the encoder reads a source once, the decoder says what follows each token of a
// target so far. Fed a longer target, it computes all of it again.
import { UsageError } from '../../base/errors.ts';
import type { FloatTensor } from '../../base/safetensors-file.ts';
import { gelu } from '../../formats/onnx/gelu.ts';
import { GraphBuilder, TYPE } from '../../formats/onnx/graph-builder.ts';
import { GraphWeights } from '../../formats/onnx/graph-weights.ts';
import type { Seq2SeqConfig } from './config.ts';
import { AttentionGraph } from './onnx-attention.ts';
import { hasPositions } from './parameters.ts';
import type { AddLayers } from './rooms.ts';

/** Adds the layers of one of the rooms to a graph; undefined for a Transformer. */
export type LayersOf = (name: string) => AddLayers | undefined;

export function seq2seqGraph(
  config: Seq2SeqConfig,
  tensors: ReadonlyMap<string, FloatTensor>,
  part: string | undefined,
  layersOf: LayersOf,
): GraphBuilder {
  if (config.coverage > 0) {
    throw new UsageError(
      'attention with coverage looks from one token after another, which these ONNX graphs cannot say',
      'train without --coverage to export',
    );
  }
  const graph = new Seq2SeqGraph(config, tensors, layersOf);
  if (part === 'encoder_model') graph.encoder();
  else graph.decoder();
  return graph.graph;
}

class Seq2SeqGraph {
  readonly graph = new GraphBuilder();
  readonly #config: Seq2SeqConfig;
  readonly #weights: GraphWeights;
  readonly #layersOf: LayersOf;
  readonly #attention: AttentionGraph;

  constructor(config: Seq2SeqConfig, tensors: ReadonlyMap<string, FloatTensor>, layersOf: LayersOf) {
    this.#config = config;
    this.#weights = new GraphWeights(this.graph, tensors, 'fp32');
    this.#layersOf = layersOf;
    this.#attention = new AttentionGraph(this.graph, this.#weights, config);
  }

  encoder(): void {
    const { graph } = this;
    const { encoder, sourceVocabSize, layers, width } = this.#config;
    const ids = graph.input('input_ids', 'int64', ['batch_size', 'source_length']);
    const real = graph.input('attention_mask', 'int64', ['batch_size', 'source_length']);
    const x = this.#embedded('source', ids, sourceVocabSize, encoder);
    const lengths = graph.add('/encoder', 'ReduceSum', [real, graph.ints([1])], { keepdims: 0 }); // (B)
    const addLayers = this.#layersOf(encoder);
    const [states, summary] = addLayers
      ? this.#bothWays(addLayers, x, lengths)
      : this.#encoderBlocks(x, real, layers);
    graph.output(states, 'last_hidden_state', 'float', ['batch_size', 'source_length', width]);
    graph.output(summary, 'summary', 'float', ['batch_size', width]);
  }

  decoder(): void {
    const { graph } = this;
    const { decoder, attention, vocabSize, layers, width } = this.#config;
    const ids = graph.input('input_ids', 'int64', ['batch_size', 'target_length']);
    const real = graph.input('encoder_attention_mask', 'int64', ['batch_size', 'source_length']);
    const states = graph.input('encoder_hidden_states', 'float', ['batch_size', 'source_length', width]);
    const summary = graph.input('encoder_summary', 'float', ['batch_size', width]);
    const embedded = this.#embedded('target', ids, vocabSize, decoder);
    const bridge = this.#weights.linear('/bridge', summary, 'bridge', [width, width]);
    const x = graph.add('/bridge', 'Add', [
      embedded,
      graph.add('/bridge', 'Unsqueeze', [bridge, graph.ints([1])]),
    ]);
    const source = { states, mask: this.#attention.paddingMask(real) };
    const addLayers = this.#layersOf(decoder);
    let hidden: string;
    if (addLayers) {
      hidden = this.#stack(addLayers, 'decoder.stack', x);
      if (attention !== 'none') {
        const context = this.#attention.attend('decoder.attention', attention, hidden, source);
        const both = graph.add('/decoder', 'Concat', [context, hidden], { axis: 2 });
        hidden = graph.add('/decoder', 'Tanh', [
          this.#weights.linear('/decoder/combine', both, 'decoder.combine', [2 * width, width]),
        ]);
      }
    } else hidden = this.#decoderBlocks(x, source, layers);
    const scores = this.#weights.productWithRows('/head', hidden, 'head.weight', [vocabSize, width]);
    const logits = graph.add('/head', 'Add', [scores, this.#weights.tensor('head.bias', [vocabSize])]);
    graph.output(logits, 'logits', 'float', ['batch_size', 'target_length', vocabSize]);
  }

  /** ids (B, T) → (B, T, C) */
  #embedded(name: string, ids: string, vocabSize: number, reader: string): string {
    const { graph } = this;
    const { width, context } = this.#config;
    const x = this.#weights.rows(`/${name}`, ids, `${name}.embedding.weight`, [vocabSize, width]);
    if (!hasPositions(reader)) return x;
    const size = graph.add(`/${name}`, 'Shape', [ids], { start: 1, end: 2 });
    const T = graph.add(`/${name}`, 'Squeeze', [size, graph.ints([0])]);
    const places = graph.add(`/${name}`, 'Range', [graph.ints(0), T, graph.ints(1)]);
    const table = this.#weights.tensor(`${name}.positions.weight`, [context, width]);
    return graph.add(`/${name}`, 'Add', [x, graph.add(`/${name}`, 'Gather', [table, places])]);
  }

  /** From an empty state. */
  #stack(addLayers: AddLayers, path: string, x: string): string {
    const { graph } = this;
    const pathOf = (layer: number) => `${path}.${layer}`;
    return addLayers({ graph, weights: this.#weights, pathOf, norm: `${path}.norm`, carries: false }, x);
  }

  #bothWays(addLayers: AddLayers, x: string, lengths: string): [states: string, summary: string] {
    const { graph } = this;
    const { bidirectional, width } = this.#config;
    const reversed = (value: string) =>
      graph.add('/encoder', 'ReverseSequence', [value, lengths], { batch_axis: 0, time_axis: 1 });
    /** The last position, which is the first of what is turned around. */
    const last = (value: string) =>
      graph.add('/encoder', 'Gather', [reversed(value), graph.ints(0)], { axis: 1 });
    const forward = this.#stack(addLayers, 'encoder.forward', x);
    if (!bidirectional) return [forward, last(forward)];
    const backward = this.#stack(addLayers, 'encoder.backward', reversed(x));
    const join = (a: string, b: string, axis: number) =>
      this.#weights.linear(
        '/encoder/join',
        graph.add('/encoder', 'Concat', [a, b], { axis }),
        'encoder.join',
        [2 * width, width],
      );
    return [join(forward, reversed(backward), 2), join(last(forward), last(backward), 1)];
  }

  #encoderBlocks(x: string, real: string, layers: number): [states: string, summary: string] {
    const { graph } = this;
    const mask = this.#attention.paddingMask(real);
    let stream = x;
    for (let layer = 0; layer < layers; layer++) {
      const path = `encoder.${layer}`;
      const states = this.#norm(`${path}.ln_1`, stream);
      const looked = this.#attention.attend(`${path}.attention`, 'multihead', states, { states, mask });
      stream = this.#mlp(path, graph.add(`/${path}`, 'Add', [stream, looked]));
    }
    const states = this.#norm('encoder.norm', stream);
    const counts = graph.add('/encoder', 'Cast', [real], { to: TYPE.float });
    const kept = graph.add('/encoder', 'Mul', [
      states,
      graph.add('/encoder', 'Unsqueeze', [counts, graph.ints([2])]),
    ]);
    const sum = graph.add('/encoder', 'ReduceSum', [kept, graph.ints([1])], { keepdims: 0 });
    const count = graph.add('/encoder', 'ReduceSum', [counts, graph.ints([1])], { keepdims: 1 });
    return [states, graph.add('/encoder', 'Div', [sum, count])];
  }

  #decoderBlocks(x: string, source: { states: string; mask: string }, layers: number): string {
    const { attention } = this.#config;
    let stream = x;
    for (let layer = 0; layer < layers; layer++) {
      const path = `decoder.${layer}`;
      const add = (more: string) => this.graph.add(`/${path}`, 'Add', [stream, more]);
      stream = add(this.#attention.causal(`${path}.attn`, this.#norm(`${path}.ln_1`, stream)));
      if (attention !== 'none')
        stream = add(
          this.#attention.attend(`${path}.cross`, attention, this.#norm(`${path}.ln_cross`, stream), source),
        );
      stream = this.#mlp(path, stream);
    }
    return this.#norm('decoder.norm', stream);
  }

  /** With the norm before it, and added to the stream. */
  #mlp(path: string, x: string): string {
    const { width } = this.#config;
    const at = `/${path}/mlp`;
    const normed = this.#norm(`${path}.ln_2`, x);
    const wide = this.#weights.linear(at, normed, `${path}.mlp.c_fc`, [width, 4 * width]);
    const narrow = this.#weights.linear(at, gelu(this.graph, at, wide), `${path}.mlp.c_proj`, [
      4 * width,
      width,
    ]);
    return this.graph.add(at, 'Add', [x, narrow]);
  }

  #norm(path: string, x: string): string {
    return this.#weights.layerNorm(`/${path}`, x, path, this.#config.width);
  }
}
