// A sequence-to-sequence model as two ONNX graphs: the encoder reads a source once, the decoder says what follows each token of a
// target so far. Fed a longer target, it computes all of it again, but for coverage: how much the tokens before each one have
// looked where is handed back to it.
import type { FloatTensor } from '../../base/safetensors-file.ts';
import type { GraphBuilder } from '../../formats/onnx/graph-builder.ts';
import { paddingMask } from '../../formats/onnx/mask.ts';
import { isTransformer, type Seq2SeqConfig } from './config.ts';
import { EncoderGraph, type LayersOf } from './onnx-encoder.ts';
import { type AttentionShape, blockNames, crossAttentionShape, hasBridge, headForm } from './parameters.ts';

export function seq2seqGraph(
  config: Seq2SeqConfig,
  tensors: ReadonlyMap<string, FloatTensor>,
  part: string | undefined,
  layersOf: LayersOf,
): GraphBuilder {
  const graph = new Seq2SeqGraph(config, tensors, layersOf);
  if (part === 'encoder_model') graph.encoder();
  else graph.decoder();
  return graph.graph;
}

/** The source, as the decoder looks at it. */
interface Source {
  states: string;
  mask: string;
  /** Of each attention that covers, the coverage before each token; what is looked at is added to a list of its own. */
  past: readonly string[];
  present: string[];
}

/** How a decoder looks at the source, and at what. */
interface Look {
  cross: AttentionShape;
  source: Source;
}

export class Seq2SeqGraph extends EncoderGraph<Seq2SeqConfig> {
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
    const { decoder, vocabSize, width } = this.config;
    const ids = graph.input('input_ids', 'int64', ['batch_size', 'target_length']);
    const real = graph.input('encoder_attention_mask', 'int64', ['batch_size', 'source_length']);
    const states = graph.input('encoder_hidden_states', 'float', ['batch_size', 'source_length', width]);
    const embedded = this.embedded('target', ids, vocabSize, decoder);
    const x = hasBridge(decoder) ? this.#bridged(embedded) : embedded;
    const cross = crossAttentionShape(this.config);
    const past = cross?.covers ? this.#pastCoverage(cross) : [];
    const source = { states, mask: paddingMask(graph, real), past, present: [] };
    const hidden = this.decoded(x, cross && { cross, source });
    const logits = headForm(decoder).tied
      ? this.weights.productWithRows('/head', hidden, 'target.wte.weight', [vocabSize, width])
      : this.scores('head', hidden, vocabSize);
    graph.output(logits, 'logits', 'float', ['batch_size', 'target_length', vocabSize]);
    if (cross?.covers) this.#presentCoverage(cross, source.present);
  }

  /** x (B, T, C) → what the output layer reads, (B, T, C) */
  protected decoded(x: string, look?: Look): string {
    return isTransformer(this.config.decoder) ? this.#decoderBlocks(x, look) : this.#decoderStack(x, look);
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

  /** Of each attention, (B, H, T, S) */
  #pastCoverage(cross: AttentionShape): string[] {
    const past = this.graph.input('past_coverage', 'float', this.#coverageShape(cross));
    const count = this.#attentions;
    return count === 1 ? [past] : this.graph.addMany('/coverage', 'Split', [past], { axis: 1 }, count);
  }

  #presentCoverage(cross: AttentionShape, present: readonly string[]): void {
    const all = this.graph.add('/coverage', 'Concat', present, { axis: 1 });
    this.graph.output(all, 'present_coverage', 'float', this.#coverageShape(cross));
  }

  #coverageShape({ kind, heads }: AttentionShape) {
    const rows = this.#attentions * (kind === 'multihead' ? heads : 1);
    return ['batch_size', rows, 'target_length', 'source_length'];
  }

  get #attentions(): number {
    const { decoder, layers } = this.config;
    return isTransformer(decoder) ? layers : 1;
  }

  /** (B, T, C) → (B, T, C) */
  #look(path: string, queries: string, { cross, source }: Look): string {
    const coverage = source.past[source.present.length];
    const { context, shares } = this.attention.attend(path, cross, queries, { ...source, coverage });
    if (coverage !== undefined) source.present.push(this.graph.add(`/${path}`, 'Add', [coverage, shares]));
    return context;
  }

  #decoderStack(x: string, look: Look | undefined): string {
    const { graph } = this;
    const { decoder, width } = this.config;
    const hidden = this.stack(this.layersOf(decoder)!, 'decoder.stack', x);
    if (!look) return hidden;
    const context = this.#look('decoder.attention', hidden, look);
    const both = graph.add('/decoder', 'Concat', [context, hidden], { axis: 2 });
    return this.weights.linear('/decoder/combine', both, 'decoder.combine', [2 * width, width]);
  }

  #decoderBlocks(x: string, look: Look | undefined): string {
    const names = blockNames(this.config.decoder);
    let stream = x;
    for (let layer = 0; layer < this.config.layers; layer++) {
      const path = `decoder.${names.block(layer)}`;
      const add = (more: string) => this.graph.add(`/${path}`, 'Add', [stream, more]);
      stream = add(this.attention.causal(`${path}.attn`, this.norm(`${path}.ln_1`, stream)));
      if (look) {
        const queries = this.norm(`${path}.${names.crossNorm}`, stream);
        stream = add(this.#look(`${path}.${names.cross}`, queries, look));
      }
      stream = this.mlp(path, stream);
    }
    return this.norm(`decoder.${names.norm}`, stream);
  }
}
