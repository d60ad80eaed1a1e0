// Product: a matrix product with a bias, as a layer.
import type * as tf from '#tfjs';
import { type FloatsPerToken, ModelLayer, one } from './model-layer.ts';
import { linearSpecs } from './parameters.ts';

export class Product extends ModelLayer {
  static className = 'Product';
  readonly #inputs: number;
  readonly #outputs: number;
  readonly #sharedBy: number;

  /** A product that is made once for a whole text is shared by its tokens: each has its part of the operations. */
  constructor({ inputs, outputs, sharedBy = 1 }: { inputs: number; outputs: number; sharedBy?: number }) {
    super({});
    this.#inputs = inputs;
    this.#outputs = outputs;
    this.#sharedBy = sharedBy;
  }

  override build(): void {
    this.addParameters(linearSpecs(this.#inputs, this.#outputs));
    this.built = true;
  }

  /** (…, I) → (…, O) */
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return this.product(one(inputs), 'weight');
  }

  override flopsPerToken(): number {
    return (2 * this.#inputs * this.#outputs) / this.#sharedBy;
  }

  override floatsPerToken(): FloatsPerToken {
    return { kept: this.#outputs, working: this.#inputs, widest: Math.max(this.#inputs, this.#outputs) };
  }
}
