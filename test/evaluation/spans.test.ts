// Spans of BIO labels: F1 by NLTK's own numbers, and what begins and ends one.
import { describe, expect, it } from 'vitest';
import { bioLabels } from '../../src/architectures/bio.ts';
import { f1Of, spanCounts, spansOf } from '../../src/evaluation/spans.ts';
import golden from './spans.json' with { type: 'json' };

const { cases, labels } = golden;
const bio = bioLabels(labels)!;
const [O, BX, IX, , IY] = labels.keys();

it.each(cases)('with $name, F1 is $f1, as NLTK’s ChunkScore computes it', ({ written, wanted, f1 }) => {
  expect(f1Of(spanCounts(written, wanted, bio))).toBeCloseTo(f1, 12);
});

describe('a span', () => {
  it.each([
    ['ends where another begins', [BX, BX, IX], ['PER 0–1', 'PER 1–3']],
    ['ends where there is an I of another kind', [BX, IY], ['LOC 1–2', 'PER 0–1']],
    ['begins with an I that goes on with nothing', [O, IX, IX, O], ['PER 1–3']],
    ['ends with what is no label', [BX, labels.length, IX], ['PER 0–1', 'PER 2–3']],
    ['is nowhere in labels that are all outside', [O, O], []],
  ])('%s', (_, ids, spans) => {
    expect([...spansOf(ids as number[], bio)].sort()).toEqual(spans);
  });
});

it('F1 is 0 where no span is right', () => {
  expect(f1Of({ written: 0, wanted: 0, right: 0 })).toBe(0);
});
