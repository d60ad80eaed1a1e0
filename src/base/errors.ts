// The errors a user can meet. Each says what was expected, what came, and (in `hint`) what to do next.
// Any other error is a bug in tsgpt and is shown with its stack.

export class TsgptError extends Error {
  readonly hint: string | undefined;
  readonly exitCode: number = 1;

  constructor(message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TsgptError';
    this.hint = hint;
  }
}

/** The command or the call itself is wrong: an unknown option, or a value out of range. The exit code is 2. */
export class UsageError extends TsgptError {
  override readonly exitCode = 2;
}

/** Every error about a value has this form: "expected <wanted> for <what>, but got <got>". */
export function unexpected(what: string, wanted: string, got: unknown, hint?: string): UsageError {
  return new UsageError(`expected ${wanted} for ${what}, but got ${show(got)}`, hint);
}

function show(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** Returns the system's code of a failed file operation ("ENOENT", "ENOSPC"), if the error has one. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
