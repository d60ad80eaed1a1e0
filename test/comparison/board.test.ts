// The table that a comparison shows while it trains.
import { expect, it } from 'vitest';
import type { Progress } from '../../src/base/progress.ts';
import { Board } from '../../src/comparison/board.ts';
import type { RunEvent } from '../../src/run/events.ts';

it('tells how far each entry is, above the line that says what is done now', () => {
  const shown: { text: string; table: readonly string[] | undefined }[] = [];
  const progress: Progress = {
    live: (text, table) => void shown.push({ text, table }),
    note: () => {},
    end: () => {},
  };
  const board = new Board(['gpt', 'lstm', 'ngram'], progress);
  board.stage('gpt', 'done', '1.5000 ± 0.0100');
  board.stage('lstm', 'seed 2');
  board.heard('lstm', { type: 'evaluation', entry: { valLoss: 2.25 } } as RunEvent);
  board.heard('lstm', step(1200, 4000, 20_345.6));
  board.live('lstm: step 1200');
  expect(shown).toEqual([
    {
      text: 'lstm: step 1200',
      table: [
        '                          step  validation loss  tokens/s',
        'gpt       done                  1.5000 ± 0.0100          ',
        'lstm    seed 2  1,200 of 4,000           2.2500    20,346',
        'ngram  waiting                                           ',
      ],
    },
  ]);
  board.stage('lstm', 'seed 3');
  expect(board.lines()[2]).toMatch(/^lstm +seed 3 +$/);
});

function step(at: number, totalSteps: number, tokensPerSecond: number): RunEvent {
  return { type: 'step', report: { step: at }, totalSteps, tokensPerSecond } as RunEvent;
}
