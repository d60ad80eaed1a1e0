// Runs an exported graph with onnxruntime, token by token if need be: the state that comes out goes in again.
import { InferenceSession, Tensor } from 'onnxruntime-node';

export class GraphSession {
  readonly #session: InferenceSession;
  #state: Record<string, Tensor> = {};
  /** 1 for a token, 0 for padding, per text. */
  #attended: number[][] = [];

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  static async open(path: string): Promise<GraphSession> {
    return new GraphSession(await InferenceSession.create(path, { intraOpNumThreads: 1 }));
  }

  get inputs(): string[] {
    return this.#session.inputMetadata.map(({ name, isTensor, ...rest }) =>
      isTensor && 'shape' in rest ? `${name} ${rest.type} [${rest.shape}]` : name,
    );
  }

  /** Texts from their start: token ids, or −1 for padding on the left. → (batch, T, V) */
  start(texts: readonly number[][]): Promise<Float32Array> {
    this.#attended = texts.map(() => []);
    this.#state = {};
    for (const meta of this.#session.inputMetadata) {
      if (!meta.isTensor || !meta.name.startsWith('past')) continue;
      const dims = meta.shape.map((n) => (n === 'batch_size' ? texts.length : typeof n === 'string' ? 0 : n));
      const size = dims.reduce((product, n) => product * n, 1);
      const data = meta.type === 'float16' ? new Uint16Array(size) : new Float32Array(size);
      this.#state[meta.name] = new Tensor(meta.type, data, dims);
    }
    return this.feed(texts);
  }

  /** More tokens of the same texts. */
  async feed(texts: readonly number[][]): Promise<Float32Array> {
    const fresh = texts[0]!.length;
    this.#attended = this.#attended.map((seen, i) => [...seen, ...texts[i]!.map((id) => (id < 0 ? 0 : 1))]);
    const positions = this.#attended.map((seen) =>
      seen
        .map((_, at) =>
          Math.max(
            0,
            seen.slice(0, at).reduce((sum, n) => sum + n, 0),
          ),
        )
        .slice(-fresh),
    );
    const feeds: Record<string, Tensor> = {
      ...this.#state,
      input_ids: int64(texts.map((row) => row.map((id) => Math.max(0, id)))),
      attention_mask: int64(this.#attended),
      position_ids: int64(positions),
    };
    const wanted = this.#session.inputNames.map((name) => [name, feeds[name]!]);
    const results = await this.#session.run(Object.fromEntries(wanted));
    for (const name of Object.keys(this.#state))
      this.#state[name] = results[name.replace(/^past(_key_values)?/, 'present')]!;
    return results.logits!.data as Float32Array;
  }
}

function int64(rows: readonly number[][]): Tensor {
  return new Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0]!.length]);
}
