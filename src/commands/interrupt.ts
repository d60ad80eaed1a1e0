// Ctrl-C: the first asks the work to save what is whole and stop, the second leaves at once.

/** What a person reads when the first Ctrl-C has been heard. */
export const STOPPING = 'stopping after this batch; press Ctrl-C again to leave at once';

export const INTERRUPTED = 130;

/** Runs `work` with a signal that the first Ctrl-C (or a polite kill) aborts. */
export async function withInterrupt<T>(
  onFirst: () => void,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) {
      if (process.stderr.isTTY) process.stderr.write('\n'); // below the live line
      process.exit(INTERRUPTED);
    }
    controller.abort();
    onFirst();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}
