// Ways to damage a parsed JSON file.
import fc from 'fast-check';

const BROKEN = [null, 0, -1, 1.5, 255, 256, 2 ** 40, '', 'a', 'Ġt h', [], {}, true, ['a', 'b']];
const broken = fc.option(fc.constantFrom<unknown>(...BROKEN), { nil: undefined });
const steps = fc.array(fc.nat(300), { minLength: 1, maxLength: 5 });

/** Puts something else in some place, or removes what is there. */
export const damaged = fc.tuple(steps, broken).map(
  ([path, replacement]) =>
    (json: Record<string, unknown>) =>
      damage(json, path, replacement),
);

function damage(value: Record<string, unknown>, [step, ...further]: number[], replacement: unknown): void {
  const keys = Object.keys(value);
  const key = keys[step! % keys.length];
  if (key === undefined) return;
  const child = value[key];
  if (further.length > 0 && typeof child === 'object' && child !== null) {
    damage(child as Record<string, unknown>, further, replacement);
  } else if (replacement === undefined) delete value[key];
  else value[key] = replacement;
}
