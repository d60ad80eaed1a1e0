// chrF2 (Popović 2015) of a corpus with one reference a sentence, as sacreBLEU (Post 2018) computes it by default: the F-score
// of character n-grams, orders 1 to 6, in which recall counts twice as much as precision; white space is left out.
import { matchesOf, sumOf } from './ngrams.ts';
import { splitWords } from './split-words.ts';

const ORDERS = [1, 2, 3, 4, 5, 6] as const;
const BETA = 2;

/** From 0 to 100. */
export function corpusChrf(hypotheses: readonly string[], references: readonly string[]): number {
  const characters = hypotheses.map(
    (hypothesis, i) => [charactersOf(hypothesis), charactersOf(references[i]!)] as const,
  );
  const orders = ORDERS.map((n) =>
    sumOf(
      characters.map(([ours, theirs]) => matchesOf(ours, theirs, n)).filter(({ reference }) => reference > 0), // a sentence too short for an order says nothing of it
    ),
  );
  const effective = orders.filter(({ hypothesis, reference }) => hypothesis > 0 && reference > 0);
  if (effective.length === 0) return 0;
  const mean = (side: 'hypothesis' | 'reference') =>
    effective.reduce((sum, matches) => sum + matches.shared / matches[side], 0) / effective.length;
  const [precision, recall] = [mean('hypothesis'), mean('reference')];
  if (precision + recall === 0) return 0;
  return (100 * (1 + BETA ** 2) * precision * recall) / (BETA ** 2 * precision + recall);
}

function charactersOf(text: string): string[] {
  return [...splitWords(text).join('')];
}
