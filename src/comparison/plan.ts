// plan.json: how many steps each of a comparison takes. It is written before the first run and kept, since seconds come out
// otherwise each time; so the same command goes on, and another one is refused.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { readJson, writeFileAtomic } from '../base/atomic-files.ts';
import { UsageError } from '../base/errors.ts';
import { prettyJson } from '../base/json.ts';
import { type Budget, stepsFor } from './budget.ts';
import type { Entrant } from './match.ts';

const amount = z.number().positive();
const planSchema = z.object({
  format: z.literal(1),
  budget: z.union([
    z.strictObject({ tokens: amount }),
    z.strictObject({ flops: amount }),
    z.strictObject({ seconds: amount }),
  ]),
  steps: z.record(z.string(), z.int().positive()),
});

/** How many points a curve has, unless the user says how often to evaluate. */
const EVALUATIONS = 20;

/** The entrants with their number of steps. Those that the folder does not know yet are added to its plan. */
export async function withSteps(
  entrants: readonly Entrant[],
  budget: Budget,
  out: string,
  { evalInterval, train }: { evalInterval: number | undefined; train: unknown },
): Promise<Entrant[]> {
  const path = join(out, 'plan.json');
  const known = existsSync(path)
    ? await readJson(path, planSchema)
    : { format: 1 as const, budget, steps: {} };
  if (!isDeepStrictEqual(known.budget, budget)) {
    throw new UsageError(
      `${out} holds a comparison with a budget of ${words(known.budget)}, not ${words(budget)}`,
      'the same command goes on with it; for another one, choose another --out',
    );
  }
  const steps: Record<string, number> = { ...known.steps };
  for (const entrant of entrants) steps[entrant.name] ??= await stepsFor(budget, entrant, train);
  await writeFileAtomic(path, prettyJson({ ...known, steps }));
  return entrants.map((entrant) => {
    const maxSteps = steps[entrant.name]!;
    const settings = {
      ...entrant.settings,
      maxSteps,
      maxTokens: undefined, // said by maxSteps now
      evalInterval: evalInterval ?? Math.ceil(maxSteps / EVALUATIONS),
    };
    return { ...entrant, settings };
  });
}

export function words(budget: Budget): string {
  const [[what, amount]] = Object.entries(budget) as [[string, number]];
  return what === 'flops' ? `${amount.toPrecision(3)} floating-point operations` : `${amount} ${what}`;
}
