// How the folders of a run's checkpoints are called, and in which order they come.

const NAME = /^step-(\d{6,})$/;

export function checkpointName(step: number): string {
  return `step-${String(step).padStart(6, '0')}`;
}

/** Returns those of the names that are a checkpoint's, by step. */
export function checkpointNames(names: readonly string[]): string[] {
  return names.filter((name) => NAME.test(name)).sort((a, b) => stepOf(a) - stepOf(b));
}

function stepOf(name: string): number {
  return Number(NAME.exec(name)![1]);
}
