// What a checkpoint's state.json may hold.
import { TsgptError } from 'tsgpt';
import { expect, it } from 'vitest';
import { checkState, newState } from '../../src/run/state.ts';

it('a state of the first version, with its count of updates and without one of tokens, is read all the same', () => {
  const { tokens: _, ...state } = { ...newState(), step: 7 };
  expect(checkState({ ...state, updates: 6 }, 32, 'step-000007')).toEqual({ ...state, tokens: 7 * 32 });
});

it('a state without a step is refused, with the place of the mistake', () => {
  expect(() => checkState({ ...newState(), step: undefined }, 32, 'there')).toThrow(TsgptError);
  expect(() => checkState({}, 32, 'there')).toThrow(/^there was not saved by a run of this version/);
});
