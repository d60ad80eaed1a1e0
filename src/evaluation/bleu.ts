// BLEU (Papineni et al. 2002) of a corpus with one reference a sentence, as sacreBLEU (Post 2018) computes it by default:
// words as mteval-v13a splits them, orders 1 to 4, exponential smoothing, case-sensitive.
import { matchesOf, sumOf } from './ngrams.ts';
import { splitWords, withoutSpaceAtEnd } from './split-words.ts';

const ORDERS = [1, 2, 3, 4] as const;

/** From 0 to 100. It is 0 where every hypothesis is shorter than four words, also where all are right. */
export function corpusBleu(hypotheses: readonly string[], references: readonly string[]): number {
  const words = hypotheses.map((hypothesis, i) => [words13a(hypothesis), words13a(references[i]!)] as const);
  const orders = ORDERS.map((n) => sumOf(words.map(([ours, theirs]) => matchesOf(ours, theirs, n))));
  const [{ hypothesis: length, reference: wanted, shared: right }] = orders as [(typeof orders)[number]];
  if (right === 0 || orders.some(({ hypothesis }) => hypothesis === 0)) return 0;
  let smoothed = 1;
  const precisions = orders.map(({ shared, hypothesis }) => {
    // The first order without a match counts as half a match, the next as a quarter.
    if (shared === 0) smoothed /= 2;
    return (shared === 0 ? smoothed : shared) / hypothesis;
  });
  const brevityPenalty = Math.min(1, Math.exp(1 - wanted / length));
  const logs = precisions.reduce((sum, precision) => sum + Math.log(precision), 0);
  return 100 * brevityPenalty * Math.exp(logs / ORDERS.length);
}

const ENTITIES = [
  ['&quot;', '"'],
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
] as const;

/** The words of mteval-v13a: ASCII's marks stand alone, but for apostrophes, most hyphens, and points and commas in numbers. */
function words13a(text: string): string[] {
  const line = withoutSpaceAtEnd(text)
    .replaceAll('<skipped>', '')
    .replaceAll('-\n', '')
    .replaceAll('\n', ' ');
  const plain = ENTITIES.reduce((whole, [entity, character]) => whole.replaceAll(entity, character), line);
  return splitWords(
    ` ${plain} `
      .replace(/[!-&(-+/:-@[-`{-~]/g, ' $& ')
      .replace(/([^0-9])([.,])/g, '$1 $2 ')
      .replace(/([.,])([^0-9])/g, ' $1 $2')
      .replace(/([0-9])(-)/g, '$1 $2 '),
  );
}
