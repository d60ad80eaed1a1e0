// How well a model knows answers: the loss of the tokens that the assistant says, each after all that was said before.
import * as tf from '#tfjs';
import type { LanguageModel } from '../../architectures/language-model.ts';
import { breathe } from '../../base/breathe.ts';
import { evenlySpaced } from '../../base/evenly-spaced.ts';
import type { Conversations } from '../../data/conversations.ts';
import { dealt } from '../dealt.ts';
import { rowsAtOnce } from '../rows.ts';
import type { MeasureOptions, Measures } from '../task.ts';
import { cutTo, inputsOf, learnedIn, longerThan, paddedRows, usable } from './rows.ts';

/** The loss is in nats per token that the assistant says. */
export interface ChatEvaluation extends Measures {
  perplexity: number;
  conversations: number;
  context: number;
  /** Conversations of the split that are longer than the context; and those that have no answer within it, and are left out. */
  longer: number;
  leftOut: number;
}

const MOST_ROWS = 64;

/**
 * Measures how well a model predicts the assistant's tokens.
 * @param options `maxTokens` reads conversations that have about so many tokens, spread evenly.
 */
export async function evaluateChat(
  model: LanguageModel,
  split: Conversations,
  { maxTokens = Infinity, onProgress, ranks }: Omit<MeasureOptions, 'tokenizer'>,
): Promise<ChatEvaluation> {
  const { context, vocabSize } = model.config;
  const all = usable(split, context);
  const lengthOf = (i: number) => inputsOf(split, i, context);
  const tokensIn = (indices: readonly number[]) => indices.reduce((sum, i) => sum + lengthOf(i), 0);
  const share = Math.min(1, maxTokens / tokensIn(all));
  const chosen = evenlySpaced(all.length, Math.max(1, Math.round(share * all.length)))
    .map((i) => all[i]!)
    .sort((a, b) => lengthOf(b) - lengthOf(a)); // alike side by side
  const total = tokensIn(chosen);
  const sums = { nats: 0, tokens: 0, read: 0 };
  const batches = sideBySide(chosen, (i) => rowsAtOnce({ context: lengthOf(i), vocabSize }, MOST_ROWS));
  const measured = dealt(batches, ranks, 2, async (some) => {
    const examples = some.map((i) => cutTo(context, split.at(i)));
    const mean = tf.tidy(() => {
      const { inputs, targets } = paddedRows(examples);
      return model.loss(inputs, targets);
    });
    const [value] = await mean.data();
    mean.dispose();
    return [value!, examples.reduce((sum, example) => sum + learnedIn(example), 0)];
  });
  for await (const [some, mean, counted] of measured) {
    sums.nats += counted! * mean!;
    sums.tokens += counted!;
    sums.read += tokensIn(some);
    onProgress?.(sums.read, total);
    await breathe();
  }
  const loss = sums.nats / sums.tokens;
  return {
    ...{ loss, perplexity: Math.exp(loss), tokens: sums.tokens },
    ...{ conversations: chosen.length, context, longer: longerThan(split, context) },
    leftOut: split.length - all.length,
  };
}

/** As many together as the first of them allows. */
function* sideBySide(chosen: readonly number[], rowsFrom: (first: number) => number): Generator<number[]> {
  for (let at = 0; at < chosen.length; ) {
    const rows = rowsFrom(chosen[at]!);
    yield chosen.slice(at, at + rows);
    at += rows;
  }
}
