// The BIO rule: which names are labels by it, and which of them may follow one another.
import { describe, expect, it } from 'vitest';
import { bioAllowed, bioLabels, forbiddenAt } from '../../src/architectures/bio.ts';
import { sequences } from '../ops/brute-force.ts';

describe('labels are BIO', () => {
  it.each([
    ['with a hyphen', ['O', 'B-PER', 'I-PER'], true],
    ['without one', ['BPLACE', 'O', 'IPLACE', 'BDATE'], true],
    ['and not where one has another form', ['O', 'BPER', 'IPER', 'X'], false],
    ['and not where a kind has no beginning', ['O', 'IPER', 'BLOC'], false],
    ['and not without a kind', ['O', 'B', 'I'], false],
    ['and not where nothing begins', ['O'], false],
    ['and not where there are none', [], false],
  ])('%s', (_, names, are) => {
    expect(bioLabels(names) !== undefined).toBe(are);
  });
});

describe('what may follow what', () => {
  const names = ['O', 'B-X', 'I-X', 'B-Y', 'I-Y'];
  const allowed = bioAllowed(names, 7)!;

  it('is what a pattern of whole sequences allows, of every sequence of four', () => {
    const spans = /^(O |B-X (I-X )*|B-Y (I-Y )*)*$/;
    for (const ids of sequences(4, names.length)) {
      const words = ids.map((id) => `${names[id]} `).join('');
      expect(forbiddenAt(ids, allowed) === undefined, words).toBe(spans.test(words));
    }
  });

  it('names the first that may not stand where it does', () => {
    expect(forbiddenAt([0, 1, 2, 4, 4], allowed)).toBe(3);
    expect(forbiddenAt([2, 1], allowed)).toBe(0);
    expect(forbiddenAt([], allowed)).toBe(undefined);
  });

  it('leaves out ids that are no labels', () => {
    expect(forbiddenAt([5], allowed)).toBe(0);
    expect(forbiddenAt([0, 6, 0], allowed)).toBe(1);
  });

  it('is anything where the labels are not BIO', () => {
    expect(bioAllowed(['noun', 'verb'], 4)).toBe(undefined);
  });
});
