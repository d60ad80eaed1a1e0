// A tagger as an ONNX graph: the scores of labels at each token of a source, and what a CRF weighs beside them.
import type { FloatTensor } from '../../base/safetensors-file.ts';
import { bytesOf, type GraphBuilder } from '../../formats/onnx/graph-builder.ts';
import { IMPOSSIBLE } from '../../ops/sequences.ts';
import { bioAllowed } from '../bio.ts';
import { EncoderGraph, type LayersOf } from '../seq2seq/onnx-encoder.ts';
import type { TaggerConfig } from './config.ts';
import { outputsOf } from './parameters.ts';

export function taggerGraph(
  config: TaggerConfig,
  tensors: ReadonlyMap<string, FloatTensor>,
  layersOf: LayersOf,
): GraphBuilder {
  const graph = new TaggerGraph(config, tensors, layersOf);
  graph.whole();
  return graph.graph;
}

class TaggerGraph extends EncoderGraph<TaggerConfig> {
  whole(): void {
    const outputs = outputsOf(this.config);
    const [states] = this.read();
    const logits = this.scores('head', states, outputs);
    this.graph.output(logits, 'logits', 'float', ['batch_size', 'source_length', outputs]);
    if (this.config.head === 'crf') this.#crf();
  }

  /** Constants, for a Viterbi that knows of no rule: what is forbidden weighs IMPOSSIBLE. */
  #crf(): void {
    const { vocabSize: K, labels } = this.config;
    const allowed = bioAllowed(labels, K);
    this.#weights('transitions', [K, K], allowed?.transitions);
    this.#weights('start', [K], allowed?.start);
    this.#weights('end', [K], undefined);
  }

  #weights(name: string, dims: readonly number[], allowed: Uint8Array | undefined): void {
    const { graph } = this;
    const weights = this.weights.tensor(`crf.${name}`, dims);
    const mask = allowed && graph.tensor(`crf.${name}.allowed`, 'bool', dims, () => bytesOf(allowed));
    const possible = mask
      ? graph.add('/crf', 'Where', [mask, weights, graph.float(IMPOSSIBLE)])
      : graph.add('/crf', 'Identity', [weights]);
    graph.output(possible, name, 'float', dims);
  }
}
