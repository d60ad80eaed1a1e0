// What a comparison shows while it trains: how far each of its entries is, above the line that says what is done now.
import { aligned } from '../base/aligned.ts';
import { formatCount } from '../base/format.ts';
import type { Progress } from '../base/progress.ts';
import type { RunEvent } from '../run/events.ts';

interface Row {
  /** "waiting", "learning rate 0.002", "seed 1", "done". */
  stage: string;
  steps: string;
  loss: string;
  speed: string;
}

const HEADER: Row = { stage: '', steps: 'step', loss: 'validation loss', speed: 'tokens/s' };
const WAITING: Row = { stage: 'waiting', steps: '', loss: '', speed: '' };

export class Board {
  readonly #progress: Progress | undefined;
  readonly #rows: Map<string, Row>;

  constructor(names: readonly string[], progress: Progress | undefined) {
    this.#progress = progress;
    this.#rows = new Map(names.map((name) => [name, WAITING]));
  }

  live(text: string): void {
    this.#progress?.live(text, this.lines());
  }

  note(text: string): void {
    this.#progress?.note(text);
  }

  /** What is done with an entry from now on; `loss` is said where it is known. */
  stage(name: string, stage: string, loss?: string): void {
    this.#rows.set(name, { ...WAITING, stage, ...(loss !== undefined && { loss }) });
  }

  heard(name: string, event: RunEvent): void {
    const row = { ...this.#rows.get(name)! };
    if (event.type === 'step') {
      row.steps = `${formatCount(event.report.step)} of ${formatCount(event.totalSteps)}`;
      row.speed = formatCount(Math.round(event.tokensPerSecond));
    }
    if (event.type === 'evaluation') row.loss = event.entry.valLoss.toFixed(4);
    this.#rows.set(name, row);
  }

  lines(): string[] {
    const cells = ({ stage, steps, loss, speed }: Row) => [stage, steps, loss, speed];
    return aligned([['', ...cells(HEADER)], ...[...this.#rows].map(([name, row]) => [name, ...cells(row)])]);
  }
}
