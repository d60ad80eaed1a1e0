// builtin:stories: short children's stories from a seeded grammar. Story i is a pure function of (seed, i), and the grammar
// is unambiguous: every choice shows in the text, so `nats`, the sum of −ln p over the choices, is exactly −ln p of the text.
import { type Key, Stream } from '../../base/random.ts';
import { type Generated, generatedSource, STORIES } from '../generated.ts';
import type { TextSource } from '../source.ts';
import { beats } from './beats.ts';
import { growing } from './plots/growing.ts';
import { keeping } from './plots/keeping.ts';
import { outside } from './plots/outside.ts';
import { together } from './plots/together.ts';
import { summaries } from './summaries.ts';
import { type Choose, tell, tellWithSummary } from './teller.ts';
import { parseGrammar } from './template.ts';
import { words } from './words.ts';

const PLOTS = `<lostToy>|<quarrel>|<skill>|<promise>|<rescue>|<weather>|<race>|<gift>|<fear>|<borrowed>|<hideAndSeek>|<trade>|
  <mystery>|<garden>|<newcomer>|<errand>|<secret>|<lostWay>|<baking>|<wish>`;

const grammar = parseGrammar(words, beats, { plot: PLOTS }, keeping, together, outside, growing);

const summaryGrammar = parseGrammar(summaries);

export function writeStory(key: Key): Generated {
  let nats = 0;
  const text = tellStory(
    drawing(new Stream(key), (probability) => {
      nats -= Math.log(probability);
    }),
  );
  return { text, nats };
}

/** The story of this key, with a sentence that says what happens in it. */
export function writeSummarisedStory(key: Key): { story: string; summary: string } {
  return tellSummarisedStory(drawing(new Stream(key)));
}

/** The story that these choices make. */
export function tellStory(choose: Choose): string {
  return tell(grammar, 'story', choose);
}

export function tellSummarisedStory(choose: Choose): { story: string; summary: string } {
  return tellWithSummary(grammar, summaryGrammar, 'story', choose);
}

export function storySource(options: { count: number; seed: number }): TextSource {
  return generatedSource(
    { name: STORIES, documents: 'stories', purpose: 'story', write: writeStory },
    options,
  );
}

/** Choices by their weights; each one's probability is told. */
function drawing(stream: Stream, onChoice: (probability: number) => void = () => {}): Choose {
  return (weights) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const index = indexAt(weights, stream.uniform() * total);
    onChoice(weights[index]! / total);
    return index;
  };
}

/** The index of the weight in which `point` lies, when the weights are laid end to end. */
function indexAt(weights: readonly number[], point: number): number {
  let end = 0;
  for (let i = 0; i < weights.length; i++) {
    end += weights[i]!;
    if (point < end) return i;
  }
  return weights.length - 1;
}
