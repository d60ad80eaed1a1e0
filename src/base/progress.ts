// Progress output of a long run: a line that is rewritten on a terminal, with a table above it if there is one; plain lines
// in a log.

export interface Progress {
  /**
   * Shows the current state. It may be called any number of times; the line is redrawn only as often as is useful.
   * On a terminal the table's lines stand above it.
   */
  live(text: string, table?: readonly string[]): void;
  /** Prints a line that stays. */
  note(text: string): void;
  /** Leaves the last state on the screen and ends its line. */
  end(): void;
}

export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const TERMINAL_INTERVAL_MS = 100;
const LOG_INTERVAL_MS = 5000;

export function createProgress(stream: ProgressStream = process.stderr): Progress {
  return stream.isTTY ? terminalProgress(stream) : logProgress(stream);
}

function terminalProgress(stream: ProgressStream): Progress {
  let current: readonly string[] = [];
  let shown = 0;
  let shownAt = Number.NEGATIVE_INFINITY;
  function draw(): void {
    if (current.length === 0) return;
    const lines = current.slice(-(stream.rows || 24)); // what has left the screen cannot be erased
    const text = lines.map((line) => shorten(line, stream.columns || 80)).join('\n');
    stream.write(erase(shown) + text);
    shown = lines.length;
    shownAt = performance.now();
  }
  return {
    live(text, table = []) {
      current = [...table, text];
      if (performance.now() - shownAt >= TERMINAL_INTERVAL_MS) draw();
    },
    note(text) {
      stream.write(`${erase(shown)}${text}\n`);
      shown = 0;
      draw();
    },
    end() {
      draw();
      if (current.length > 0) stream.write('\n');
      current = [];
      shown = 0;
    },
  };
}

/** Erases so many lines, the cursor being in the last of them. */
function erase(lines: number): string {
  if (lines === 0) return '';
  return `\r${lines > 1 ? `\x1b[${lines - 1}A` : ''}\x1b[J`;
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
