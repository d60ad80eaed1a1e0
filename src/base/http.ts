// Retries of HTTP requests with exponential backoff, and which failures are worth one.
import { setTimeout as pause } from 'node:timers/promises';
import { messageOf, systemCode, TsgptError } from './errors.ts';

const ATTEMPTS = 4;
const LONGEST_WAIT = 60;

/** A failure that a retry may cure: the connection broke, or the server is busy. */
export class Interruption extends Error {
  /** How many seconds the server asks us to wait. */
  readonly retryAfter: number;

  constructor(message: string, retryAfter = 0) {
    super(message);
    this.retryAfter = retryAfter;
  }
}

export interface RetryOptions {
  /** Called before each wait, with the reason and the seconds in words. */
  onWait?: (reason: string) => void;
  /** How many milliseconds a second of waiting takes. Tests shorten it. */
  second?: number;
}

/** `position` is how far all attempts have come together: one that made progress does not count as failed. */
export async function retrying<T>(
  attempt: () => Promise<T>,
  { onWait, second = 1000 }: RetryOptions,
  position: () => Promise<number> = async () => 0,
): Promise<T> {
  let failures = 0;
  for (;;) {
    const before = await position();
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Interruption)) throw error;
      failures = (await position()) > before ? 1 : failures + 1;
      if (failures === ATTEMPTS) throw error;
      const seconds = Math.min(Math.max(error.retryAfter, 2 ** (failures - 1)), LONGEST_WAIT);
      onWait?.(`${error.message}; trying again in ${seconds} s`);
      await pause(seconds * second);
    }
  }
}

export function statusError({ status, statusText, headers }: Response): Error {
  const message = `the server answered HTTP ${status} ${statusText}`.trimEnd();
  const passing = status >= 500 || [206, 408, 416, 429].includes(status); // 206: not the range asked for
  return passing ? new Interruption(message, secondsToWait(headers)) : new TsgptError(message);
}

function secondsToWait(headers: Headers): number | undefined {
  const text = headers.get('retry-after') ?? '';
  const seconds = /^\d+$/.test(text) ? Number(text) : Math.ceil((Date.parse(text) - Date.now()) / 1000);
  return Number.isFinite(seconds) ? seconds : undefined;
}

/** The message of fetch's own error is only "fetch failed" or "terminated"; the reason is in its cause. */
export function connectionError(error: unknown, url: string): Error {
  if (error instanceof TsgptError || error instanceof Interruption) return error;
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = systemCode(cause);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new TsgptError(
      `the name ${new URL(url).hostname} cannot be looked up (${code}); is this machine online?`,
    );
  }
  return new Interruption(`the connection failed (${code ?? messageOf(cause)})`);
}
