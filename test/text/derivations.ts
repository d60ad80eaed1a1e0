// Finds every way in which a text can be told: it tries each alternative at each choice, and drops what the text contradicts.
import type { Choose } from '../../src/text/stories/teller.ts';

class Astray extends Error {}

/** The nats of every way to make these choices so that the text comes out; no text means every way there is. */
export function derivations(
  tellWith: (choose: Choose) => string,
  target?: string,
): { nats: number; text: string }[] {
  const found: { nats: number; text: string }[] = [];
  const script: number[] = [];
  const sizes: number[] = [];
  do {
    let depth = 0;
    let nats = 0;
    try {
      const text = tellWith((weights, soFar) => {
        if (depth === script.length) {
          if (target !== undefined && !target.startsWith(soFar)) throw new Astray();
          script.push(0);
          sizes.push(weights.length);
        }
        const index = script[depth++]!;
        nats -= Math.log(weights[index]! / weights.reduce((a, b) => a + b));
        return index;
      });
      if (target === undefined || text === target) found.push({ nats, text });
    } catch (error) {
      if (!(error instanceof Astray)) throw error;
    }
    while (script.length > 0 && script.at(-1)! + 1 === sizes.at(-1)!) {
      script.pop();
      sizes.pop();
    }
    if (script.length > 0) script[script.length - 1]!++;
  } while (script.length > 0);
  return found;
}
