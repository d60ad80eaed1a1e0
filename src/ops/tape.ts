// A tape that keeps what depends on the tensors whose gradients are wanted, and nothing else. What tfjs saves for the
// gradients of frozen weights, and of what lies below the lowest trained one, is given back at once.
import * as tf from '#tfjs';

export type TapeNode = ReturnType<typeof tf.engine>['state']['activeTape'][number];

/** tfjs pushes what it runs; the nodes are in the order in which they ran. */
export class Tape extends Array<TapeNode> {
  /** The ids of the tensors whose gradients are wanted, and of all that is computed from them. */
  readonly moving: Set<number>;

  /** What methods of arrays make of a tape is no tape. */
  static override get [Symbol.species]() {
    return Array;
  }

  constructor(wanted: Iterable<number>) {
    super();
    this.moving = new Set(wanted);
  }

  override push(...nodes: TapeNode[]): number {
    for (const node of nodes) {
      if (this.movingInputs(node.inputs).length === 0) tf.dispose(node.saved!);
      else {
        for (const { id } of node.outputs) this.moving.add(id);
        super.push(node);
      }
    }
    return this.length;
  }

  /** The names of the inputs whose gradients are wanted. */
  movingInputs(inputs: TapeNode['inputs']): string[] {
    return Object.keys(inputs).filter((name) => this.moving.has(inputs[name]!.id));
  }

  /** Runs `compute` with this tape. Only the result and the tensors that gradients need outlive it. */
  record<T extends tf.Tensor>(compute: () => T): T {
    const { state } = tf.engine();
    const before = state.activeTape;
    state.activeTape = this;
    state.gradientDepth++;
    try {
      return tf.tidy(compute);
    } finally {
      state.gradientDepth--;
      state.activeTape = before;
    }
  }

  /** Gives back what is saved; no tidy does. */
  release(): void {
    for (const { saved } of this) tf.dispose(saved!);
  }
}
