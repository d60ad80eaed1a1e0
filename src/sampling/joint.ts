// The score of a text that is being written by a decoder, with CTC beside it or not (Watanabe et al. 2017).
import { IMPOSSIBLE } from '../ops/sequences.ts';
import { CtcPrefix, type CtcRows } from './ctc-prefix.ts';

export interface BesideOptions {
  /** CTC's share; the rest is the decoder's. */
  weight: number;
  /** Of each source, what CTC says at its tokens. */
  rows: readonly CtcRows[];
}

export interface Score {
  /** Nats: the decoder's own, or both, weighed. */
  logProbability: number;
  /** The decoder's own. */
  readonly decoded: number;
  readonly prefix: CtcPrefix | undefined;
}

/** That of nothing yet, for source number `text`. */
export function emptyScore(text: number, ctc: BesideOptions | undefined): Score {
  return { logProbability: 0, decoded: 0, prefix: ctc && CtcPrefix.of(ctc.rows[text]!) };
}

/** That of one token more, which has this log-probability to the decoder; undefined is the end. */
export function scoreWith(
  { decoded: before, prefix }: Score,
  token: number | undefined,
  logProbability: number,
  { weight }: Pick<BesideOptions, 'weight'> = { weight: 0 },
): Score {
  const decoded = before + logProbability;
  if (!prefix) return { logProbability: decoded, decoded, prefix };
  const next = token === undefined ? prefix : prefix.followedBy(token);
  const aligned = Math.max(IMPOSSIBLE, token === undefined ? next.whole : next.logProbability);
  return { logProbability: (1 - weight) * decoded + weight * aligned, decoded, prefix: next };
}
