// What a checkpoint's state.json may hold.
import { TsgptError } from 'tsgpt';
import { expect, it } from 'vitest';
import { checkState, newState } from '../../src/run/state.ts';

it('a state that was saved when updates were counted beside steps is read all the same', () => {
  const state = { ...newState(), step: 7 };
  expect(checkState({ ...state, updates: 6 }, 'step-000007')).toEqual(state);
});

it('one without a step is refused, with its place', () => {
  expect(() => checkState({ ...newState(), step: undefined }, 'there')).toThrow(TsgptError);
  expect(() => checkState({}, 'there')).toThrow(/^there was not saved by a run of this version/);
});
