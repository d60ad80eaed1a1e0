// Beam search: of each text, the likeliest continuations found so far grow side by side. A beam of one is greedy decoding.
import * as tf from '#tfjs';
import type { Steps } from '../architectures/pair-model.ts';
import { breathe } from '../base/breathe.ts';
import { type BesideOptions, emptyScore, type Score, scoreWith } from './joint.ts';

export interface BeamOptions {
  /** How many continuations of a text are kept. */
  beam: number;
  /** Finished texts are ranked by log-probability / length^penalty, their ends counted: 0 favours short ones, 1 none. */
  lengthPenalty: number;
  maxTokens: number;
  /** The token that begins and ends a text. */
  end: number;
  /** CTC beside the decoder: it has its share in the score, and looks at more of what may follow. */
  ctc?: BesideOptions | undefined;
  signal?: AbortSignal | undefined;
}

export interface Written {
  /** Without the end; all of maxTokens where it did not come. */
  tokens: number[];
  /** Whether the end came. */
  ended: boolean;
  /** Nats, the end's included; the decoder's and CTC's, weighed, where there is CTC. */
  logProbability: number;
}

/** One that grows: a row of the steps. */
interface Hypothesis extends Written, Score {
  /** Which text it is a continuation of. */
  text: number;
}

interface Candidate extends Hypothesis {
  row: number;
  token: number;
}

/** Of what may follow, CTC chooses among so many more of those that the decoder holds likeliest. */
const MORE_WITH_CTC = 20;

/**
 * Writes the likeliest text that is found for each of `count` sources.
 * @param steps One row for each source, of which nothing is written yet.
 */
export async function beamSearch(steps: Steps, count: number, options: BeamOptions): Promise<Written[]> {
  const { beam, lengthPenalty, end, maxTokens, ctc, signal } = options;
  const finished: Written[][] = Array.from({ length: count }, () => []);
  let growing: Hypothesis[] = Array.from({ length: count }, (_, text) => ({
    text,
    tokens: [],
    ended: false,
    ...emptyScore(text, ctc),
  }));
  for (let length = 1; growing.length > 0; length++) {
    const logits = steps.feed(growing.map(({ tokens }) => tokens.at(-1) ?? end));
    const likeliest = await likeliestOf(logits, beam + 1 + (ctc ? MORE_WITH_CTC : 0));
    await breathe();
    signal?.throwIfAborted();
    const next: Candidate[] = [];
    for (const candidates of byText(growing, likeliest, options)) {
      const { text } = candidates[0]!;
      const ended = finished[text]!;
      const grown: Candidate[] = [];
      for (const candidate of candidates) {
        if (grown.length === beam) break;
        if (candidate.token === end) ended.push({ ...candidate, ended: true });
        else grown.push({ ...candidate, tokens: [...candidate.tokens, candidate.token] });
      }
      if (length === maxTokens) ended.push(...grown);
      ended.sort((a, b) => scoreOf(b, lengthPenalty) - scoreOf(a, lengthPenalty)).splice(beam);
      const isBeaten =
        grown.length === 0 ||
        (ended.length === beam && scoreOf(ended.at(-1)!, lengthPenalty) >= scoreOf(grown[0]!, lengthPenalty));
      if (length < maxTokens && !isBeaten) next.push(...grown);
    }
    if (next.length === 0) break;
    if (next.length !== growing.length || next.some(({ row }, i) => row !== i))
      steps.reorder(next.map(({ row }) => row));
    growing = next;
  }
  return finished.map(([best]) => ({
    tokens: best!.tokens,
    ended: best!.ended,
    logProbability: best!.logProbability,
  }));
}

interface Choice {
  token: number;
  logProbability: number;
}

/** Each row's likeliest tokens, the likeliest first; of equals the lower id. */
async function likeliestOf(logits: tf.Tensor2D, count: number): Promise<Choice[][]> {
  const [R, V] = logits.shape;
  const k = Math.min(count, V);
  const [values, indices] = tf.tidy(() => {
    const top = tf.topk(tf.logSoftmax(logits), k);
    return [top.values, top.indices] as const;
  });
  logits.dispose();
  const [probabilities, tokens] = await Promise.all([values.data(), indices.data()]);
  tf.dispose([values, indices]);
  return Array.from({ length: R }, (_, row) =>
    Array.from({ length: k }, (_, i) => ({
      token: tokens[row * k + i]!,
      logProbability: probabilities[row * k + i]!,
    })),
  );
}

/** Of each text that grows, its continuations by one token, the likeliest first. */
function* byText(
  growing: readonly Hypothesis[],
  likeliest: readonly Choice[][],
  { end, ctc }: BeamOptions,
): Generator<Candidate[]> {
  for (let row = 0; row < growing.length; ) {
    const { text } = growing[row]!;
    const candidates: Candidate[] = [];
    for (; growing[row]?.text === text; row++) {
      const hypothesis = growing[row]!;
      for (const { token, logProbability } of likeliest[row]!) {
        const score = scoreWith(hypothesis, token === end ? undefined : token, logProbability, ctc);
        candidates.push({ ...hypothesis, ...score, row, token });
      }
    }
    yield candidates.sort((a, b) => b.logProbability - a.logProbability);
  }
}

/** The mean log-probability of a text's tokens, its end among them, for a penalty of 1. */
function scoreOf({ tokens, ended, logProbability }: Written, lengthPenalty: number): number {
  return logProbability / (tokens.length + (ended ? 1 : 0)) ** lengthPenalty;
}
