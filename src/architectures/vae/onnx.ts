// A variational autoencoder as two ONNX graphs: the encoder tells a text's distribution over latent vectors, the decoder says what
// follows each token of a text so far, given one of them.
import type { FloatTensor } from '../../base/safetensors-file.ts';
import type { GraphBuilder } from '../../formats/onnx/graph-builder.ts';
import { Seq2SeqGraph } from '../seq2seq/onnx.ts';
import type { LayersOf } from '../seq2seq/onnx-encoder.ts';
import { sidesOf, type VaeConfig } from './config.ts';

export function vaeGraph(
  config: VaeConfig,
  tensors: ReadonlyMap<string, FloatTensor>,
  part: string | undefined,
  layersOf: LayersOf,
): GraphBuilder {
  const graph = new VaeGraph(sidesOf(config), tensors, layersOf);
  if (part === 'encoder_model') graph.posterior(config);
  else graph.likelihood(config);
  return graph.graph;
}

class VaeGraph extends Seq2SeqGraph {
  /** (B, S) → mean (B, D), log_variance (B, D) */
  posterior({ width, latent }: VaeConfig): void {
    const { graph } = this;
    const [states] = this.read();
    const summary = this.mean(states, 'attention_mask');
    const both = this.weights.linear('/posterior', summary, 'posterior', [width, 2 * latent]);
    const [mean, logVariance] = graph.addMany('/posterior', 'Split', [both], { axis: 1 }, 2);
    graph.output(mean!, 'mean', 'float', ['batch_size', latent]);
    graph.output(logVariance!, 'log_variance', 'float', ['batch_size', latent]);
  }

  /** (B, T), (B, D) → logits (B, T, V) */
  likelihood({ vocabSize, width, latent, decoder }: VaeConfig): void {
    const { graph } = this;
    const ids = graph.input('input_ids', 'int64', ['batch_size', 'target_length']);
    const z = graph.input('latent', 'float', ['batch_size', latent]);
    const bridge = this.weights.linear('/bridge', z, 'bridge', [latent, width]);
    const x = graph.add('/bridge', 'Add', [
      this.embedded('target', ids, this.config.vocabSize, decoder), // an unknown token among them
      graph.add('/bridge', 'Unsqueeze', [bridge, graph.ints([1])]),
    ]);
    const logits = this.scores('head', this.decoded(x), vocabSize);
    graph.output(logits, 'logits', 'float', ['batch_size', 'target_length', vocabSize]);
  }
}
