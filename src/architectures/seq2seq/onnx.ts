// A sequence-to-sequence model as two ONNX graphs: the encoder reads a source once, the decoder says what follows each token of a
// target so far. Fed a longer target, it computes all of it again.
import { UsageError } from '../../base/errors.ts';
import type { FloatTensor } from '../../base/safetensors-file.ts';
import type { GraphBuilder } from '../../formats/onnx/graph-builder.ts';
import type { Seq2SeqConfig } from './config.ts';
import { EncoderGraph, type LayersOf } from './onnx-encoder.ts';
import { blockNames, crossAttentionShape, hasBridge, headForm } from './parameters.ts';

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

class Seq2SeqGraph extends EncoderGraph<Seq2SeqConfig> {
  encoder(): void {
    const { graph } = this;
    const { width, vocabSize, ctcWeight } = this.config;
    const [states, summary] = this.read();
    graph.output(states, 'last_hidden_state', 'float', ['batch_size', 'source_length', width]);
    graph.output(summary, 'summary', 'float', ['batch_size', width]);
    if (ctcWeight === 0) return;
    const outputs = vocabSize + 1; // the blank is the last
    const beside = this.scores('ctc', states, outputs);
    graph.output(beside, 'ctc_logits', 'float', ['batch_size', 'source_length', outputs]);
  }

  decoder(): void {
    const { graph } = this;
    const { decoder, vocabSize, layers, width } = this.config;
    const cross = crossAttentionShape(this.config);
    const ids = graph.input('input_ids', 'int64', ['batch_size', 'target_length']);
    const real = graph.input('encoder_attention_mask', 'int64', ['batch_size', 'source_length']);
    const states = graph.input('encoder_hidden_states', 'float', ['batch_size', 'source_length', width]);
    const embedded = this.embedded('target', ids, vocabSize, decoder);
    const x = hasBridge(decoder) ? this.#bridged(embedded) : embedded;
    const source = { states, mask: this.attention.paddingMask(real) };
    const addLayers = this.layersOf(decoder);
    let hidden: string;
    if (addLayers) {
      hidden = this.stack(addLayers, 'decoder.stack', x);
      if (cross) {
        const context = this.attention.attend('decoder.attention', cross, hidden, source);
        const both = graph.add('/decoder', 'Concat', [context, hidden], { axis: 2 });
        hidden = this.weights.linear('/decoder/combine', both, 'decoder.combine', [2 * width, width]);
      }
    } else hidden = this.#decoderBlocks(x, source, layers);
    const logits = headForm(decoder).tied
      ? this.weights.productWithRows('/head', hidden, 'target.wte.weight', [vocabSize, width])
      : this.scores('head', hidden, vocabSize);
    graph.output(logits, 'logits', 'float', ['batch_size', 'target_length', vocabSize]);
  }

  /** A summary of the source is added to each of the target's vectors. */
  #bridged(embedded: string): string {
    const { graph } = this;
    const { width } = this.config;
    const summary = graph.input('encoder_summary', 'float', ['batch_size', width]);
    const bridge = this.weights.linear('/bridge', summary, 'bridge', [width, width]);
    return graph.add('/bridge', 'Add', [
      embedded,
      graph.add('/bridge', 'Unsqueeze', [bridge, graph.ints([1])]),
    ]);
  }

  #decoderBlocks(x: string, source: { states: string; mask: string }, layers: number): string {
    const cross = crossAttentionShape(this.config);
    const names = blockNames(this.config.decoder);
    let stream = x;
    for (let layer = 0; layer < layers; layer++) {
      const path = `decoder.${names.block(layer)}`;
      const add = (more: string) => this.graph.add(`/${path}`, 'Add', [stream, more]);
      stream = add(this.attention.causal(`${path}.attn`, this.norm(`${path}.ln_1`, stream)));
      if (cross)
        stream = add(
          this.attention.attend(
            `${path}.${names.cross}`,
            cross,
            this.norm(`${path}.${names.crossNorm}`, stream),
            source,
          ),
        );
      stream = this.mlp(path, stream);
    }
    return this.norm(`decoder.${names.norm}`, stream);
  }
}
