// Progress output of a long run: a line that is rewritten on a terminal, plain lines in a log.

export interface Progress {
  /** Shows the current state. It may be called any number of times; the line is redrawn only as often as is useful. */
  live(text: string): void;
  /** Prints a line that stays. */
  note(text: string): void;
  /** Leaves the last state on the screen and ends its line. */
  end(): void;
}

export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const TERMINAL_INTERVAL_MS = 100;
const LOG_INTERVAL_MS = 5000;
const ERASE = '\r\x1b[K';

export function createProgress(stream: ProgressStream = process.stderr): Progress {
  return stream.isTTY ? terminalProgress(stream) : logProgress(stream);
}

function terminalProgress(stream: ProgressStream): Progress {
  let current: string | undefined;
  let shownAt = Number.NEGATIVE_INFINITY;
  function draw(): void {
    if (current === undefined) return;
    stream.write(ERASE + shorten(current, stream.columns || 80));
    shownAt = performance.now();
  }
  return {
    live(text) {
      current = text;
      if (performance.now() - shownAt >= TERMINAL_INTERVAL_MS) draw();
    },
    note(text) {
      stream.write(`${current === undefined ? '' : ERASE}${text}\n`);
      draw();
    },
    end() {
      draw();
      if (current !== undefined) stream.write('\n');
      current = undefined;
    },
  };
}

function logProgress(stream: ProgressStream): Progress {
  let waiting: string | undefined;
  let shownAt = Number.NEGATIVE_INFINITY;
  function flush(): void {
    if (waiting !== undefined) stream.write(`${waiting}\n`);
    waiting = undefined;
    shownAt = performance.now();
  }
  return {
    live(text) {
      waiting = text;
      if (performance.now() - shownAt >= LOG_INTERVAL_MS) flush();
    },
    note: (text) => void stream.write(`${text}\n`),
    end: flush,
  };
}

/** Cuts the text to one line, a column short of the width: some terminals wrap when the last column is filled. */
function shorten(text: string, columns: number): string {
  const characters = [...text.replace(/\p{Cc}+/gu, ' ')];
  return characters.length < columns ? characters.join('') : `${characters.slice(0, columns - 2).join('')}…`;
}
