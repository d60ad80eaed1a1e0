// Crf: what a linear-chain CRF weighs beside the scores of labels, as a layer.
import { type FloatsPerToken, ModelLayer } from '../../layers/index.ts';
import type { CrfWeights } from '../../ops/index.ts';
import { crfSpecs } from './parameters.ts';

export class Crf extends ModelLayer {
  static className = 'Crf';
  readonly #labels: number;

  constructor({ labels }: { labels: number }) {
    super({});
    this.#labels = labels;
  }

  override build(): void {
    this.addParameters(crfSpecs(this.#labels));
    this.built = true;
  }

  get parameters(): CrfWeights {
    return { transitions: this.read('transitions'), start: this.read('start'), end: this.read('end') };
  }

  /** A step of the forward algorithm. */
  override flopsPerToken(): number {
    return 2 * this.#labels ** 2;
  }

  override floatsPerToken(): FloatsPerToken {
    return { kept: 2 * this.#labels, working: this.#labels ** 2, widest: this.#labels ** 2 };
  }
}
