import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/base/errors.ts';
import { type SamplingInput, samplingOptions } from '../../src/sampling/options.ts';

describe('sampling options', () => {
  it('have defaults, which change nothing but the temperature', () => {
    expect(samplingOptions({ stop: ['\n'] })).toEqual({
      temperature: 0.8,
      topK: 0,
      topP: 1,
      minP: 0,
      repetitionPenalty: 1,
      maxTokens: 200,
      seed: 1,
      stop: ['\n'],
      numSamples: 1,
      beam: 1,
      lengthPenalty: 1,
      how: 'mask-predict',
      passes: 10,
    });
  });

  it.each<[SamplingInput, string]>([
    [
      { temperature: -1 },
      'expected a finite number of 0 or more (0 always takes the likeliest token) for temperature, but got -1',
    ],
    [{ temperature: Number.NaN }, 'for temperature'],
    [{ beam: 0 }, 'expected a whole number of 1 or more for beam, but got 0'],
    [{ lengthPenalty: -1 }, 'expected a finite number of 0 or more for lengthPenalty, but got -1'],
    [{ topK: 1.5 }, 'expected a whole number of 0 or more for topK, but got 1.5'],
    [{ topP: 0 }, 'expected a number above 0, and at most 1 (1 = off) for topP, but got 0'],
    [{ topP: 1.01 }, 'for topP, but got 1.01'],
    [{ minP: 2 }, 'expected a number from 0 (= off) to 1 for minP, but got 2'],
    [{ repetitionPenalty: 0 }, 'expected a finite number above 0 (1 = off) for repetitionPenalty, but got 0'],
    [
      { temperature: Infinity },
      'expected a finite number of 0 or more (0 always takes the likeliest token) for temperature, but got Infinity',
    ],
    [{ maxTokens: 0 }, 'expected a whole number of 1 or more for maxTokens, but got 0'],
    [{ seed: 2 ** 60 }, 'for seed'],
    [{ numSamples: 0 }, 'for numSamples'],
    [{ stop: ['a', ''] }, 'expected a text that is not empty for stop, but got ""'],
  ])('%j is refused in words', (input, message) => {
    expect(() => samplingOptions(input)).toThrow(UsageError);
    expect(() => samplingOptions(input)).toThrow(message);
  });

  it('names the nearest setting for a misspelt one', () => {
    const misspelt = { temprature: 1, topK: 1 };
    expect(() => samplingOptions(misspelt)).toThrow(
      expect.objectContaining({ hint: 'did you mean temperature?' }),
    );
  });
});
