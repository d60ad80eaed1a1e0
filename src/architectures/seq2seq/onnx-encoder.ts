// An encoder as the part of an ONNX graph: from a source's tokens to a vector for each, and one for all of it.
import type { FloatTensor } from '../../base/safetensors-file.ts';
import { gelu } from '../../formats/onnx/gelu.ts';
import { GraphBuilder, TYPE } from '../../formats/onnx/graph-builder.ts';
import { GraphWeights } from '../../formats/onnx/graph-weights.ts';
import { paddingMask } from '../../formats/onnx/mask.ts';
import { placesOf } from '../../formats/onnx/places.ts';
import { BertEncoderGraph } from '../bert/onnx-encoder.ts';
import type { EncoderConfig } from './config.ts';
import { AttentionGraph } from './onnx-attention.ts';
import { blockNames, hasPositions, selfAttentionShape } from './parameters.ts';
import type { AddLayers } from './rooms.ts';

/** Adds the layers of one of the rooms to a graph; undefined for a Transformer. */
export type LayersOf = (name: string) => AddLayers | undefined;

export class EncoderGraph<Config extends EncoderConfig & { sourceVocabSize: number }> {
  readonly graph = new GraphBuilder();
  protected readonly config: Config;
  protected readonly weights: GraphWeights;
  protected readonly layersOf: LayersOf;
  protected readonly attention: AttentionGraph;

  constructor(config: Config, tensors: ReadonlyMap<string, FloatTensor>, layersOf: LayersOf) {
    this.config = config;
    this.weights = new GraphWeights(this.graph, tensors, 'fp32');
    this.layersOf = layersOf;
    this.attention = new AttentionGraph(this.graph, this.weights, config);
  }

  /** Takes input_ids and attention_mask (B, S) → states (B, S, C), summary (B, C) */
  protected read(): [states: string, summary: string] {
    const { graph } = this;
    const { encoder, sourceVocabSize, layers } = this.config;
    const ids = graph.input('input_ids', 'int64', ['batch_size', 'source_length']);
    const real = graph.input('attention_mask', 'int64', ['batch_size', 'source_length']);
    if (encoder === 'bert') return this.#bertLayers(ids, real);
    const x = this.embedded('source', ids, sourceVocabSize, encoder);
    const lengths = graph.add('/encoder', 'ReduceSum', [real, graph.ints([1])], { keepdims: 0 }); // (B)
    const addLayers = this.layersOf(encoder);
    return addLayers ? this.#bothWays(addLayers, x, lengths) : this.#encoderBlocks(x, real, layers);
  }

  /** An output layer with a bias: x (B, T, C) → (B, T, V) */
  protected scores(name: string, x: string, outputs: number): string {
    const scores = this.weights.productWithRows(`/${name}`, x, `${name}.weight`, [
      outputs,
      this.config.width,
    ]);
    return this.graph.add(`/${name}`, 'Add', [scores, this.weights.tensor(`${name}.bias`, [outputs])]);
  }

  /** ids (B, T) → (B, T, C) */
  protected embedded(name: string, ids: string, vocabSize: number, reader: string): string {
    const { graph } = this;
    const { width, context } = this.config;
    const { tokens, positions } = blockNames(reader);
    const x = this.weights.rows(`/${name}`, ids, `${name}.${tokens}.weight`, [vocabSize, width]);
    if (!hasPositions(reader)) return x;
    const places = placesOf(graph, `/${name}`, ids);
    const table = this.weights.tensor(`${name}.${positions}.weight`, [context, width]);
    return graph.add(`/${name}`, 'Add', [x, graph.add(`/${name}`, 'Gather', [table, places])]);
  }

  /** From an empty state. */
  protected stack(addLayers: AddLayers, path: string, x: string): string {
    const { graph } = this;
    const pathOf = (layer: number) => `${path}.${layer}`;
    return addLayers({ graph, weights: this.weights, pathOf, norm: `${path}.norm`, carries: false }, x);
  }

  #bothWays(addLayers: AddLayers, x: string, lengths: string): [states: string, summary: string] {
    const { graph } = this;
    const { bidirectional, width } = this.config;
    const reversed = (value: string) =>
      graph.add('/encoder', 'ReverseSequence', [value, lengths], { batch_axis: 0, time_axis: 1 });
    /** The last position, which is the first of what is turned around. */
    const last = (value: string) =>
      graph.add('/encoder', 'Gather', [reversed(value), graph.ints(0)], { axis: 1 });
    const forward = this.stack(addLayers, 'encoder.forward', x);
    if (!bidirectional) return [forward, last(forward)];
    const backward = this.stack(addLayers, 'encoder.backward', reversed(x));
    const join = (a: string, b: string, axis: number) =>
      this.weights.linear(
        '/encoder/join',
        graph.add('/encoder', 'Concat', [a, b], { axis }),
        'encoder.join',
        [2 * width, width],
      );
    return [join(forward, reversed(backward), 2), join(last(forward), last(backward), 1)];
  }

  #encoderBlocks(x: string, real: string, layers: number): [states: string, summary: string] {
    const { graph } = this;
    const mask = paddingMask(graph, real);
    const shape = selfAttentionShape(this.config);
    let stream = x;
    for (let layer = 0; layer < layers; layer++) {
      const path = `encoder.${layer}`;
      const states = this.norm(`${path}.ln_1`, stream);
      const { context } = this.attention.attend(`${path}.attention`, shape, states, { states, mask });
      stream = this.mlp(path, graph.add(`/${path}`, 'Add', [stream, context]));
    }
    const states = this.norm('encoder.norm', stream);
    return [states, this.mean(states, real)];
  }

  #bertLayers(ids: string, real: string): [states: string, summary: string] {
    const { sourceVocabSize: vocabSize, context, layers } = this.config;
    const { graph } = this;
    const encoder = new BertEncoderGraph(graph, this.weights, this.config);
    const mask = paddingMask(graph, real);
    let states = encoder.embedded('source', ids, graph.ints([0]), { vocabSize, context, tokenTypes: 1 });
    for (let layer = 0; layer < layers; layer++)
      states = encoder.layer(states, `encoder.layer.${layer}`, mask);
    return [states, this.mean(states, real)];
  }

  /** Of each row's own states: (B, S, C) → (B, C) */
  protected mean(states: string, real: string): string {
    const { graph } = this;
    const counts = graph.add('/encoder', 'Cast', [real], { to: TYPE.float });
    const kept = graph.add('/encoder', 'Mul', [
      states,
      graph.add('/encoder', 'Unsqueeze', [counts, graph.ints([2])]),
    ]);
    const sum = graph.add('/encoder', 'ReduceSum', [kept, graph.ints([1])], { keepdims: 0 });
    const count = graph.add('/encoder', 'ReduceSum', [counts, graph.ints([1])], { keepdims: 1 });
    return graph.add('/encoder', 'Div', [sum, count]);
  }

  /** With the norm before it, and added to the stream. */
  protected mlp(path: string, x: string): string {
    const { width } = this.config;
    const at = `/${path}/mlp`;
    const normed = this.norm(`${path}.ln_2`, x);
    const wide = this.weights.linear(at, normed, `${path}.mlp.c_fc`, [width, 4 * width]);
    const narrow = this.weights.linear(at, gelu(this.graph, at, wide), `${path}.mlp.c_proj`, [
      4 * width,
      width,
    ]);
    return this.graph.add(at, 'Add', [x, narrow]);
  }

  protected norm(path: string, x: string): string {
    return this.weights.layerNorm(`/${path}`, x, path, this.config.width);
  }
}
