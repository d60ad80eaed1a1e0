// What runs the ops. A backend that cannot run here is a value with a reason, not an exception.

export interface Backend {
  /** As the user names it. */
  readonly name: string;
  /** As tfjs names it. */
  readonly tfjsName: string;
  /** What it runs on, or why it cannot run here and what would change that. */
  probe(): Promise<Probe>;
  /** Called after a probe that said yes, before tfjs is told to use it. */
  start?(): void;
}

export type Probe = { usable: true; detail: string } | { usable: false; reason: string; hint: string };
