// Settings that several architectures have, and how a setting becomes part of a stored configuration.
import { z } from 'zod';

export const count = z.int().positive();

export const COMMON_SETTINGS = {
  width: count.default(128).describe('size of a token vector'),
  context: count.default(64).describe('longest stretch of tokens seen at once'),
  dropout: z.number().min(0).lt(1).default(0).describe('share of activations dropped in training'),
};

/** Says in words where the width cannot be divided among the heads. */
export function refuseUneven(
  { width, heads }: { width: number; heads: number },
  issues: z.RefinementCtx,
): void {
  if (width % heads === 0) return;
  const message = `width must be a multiple of heads: width is ${width}, heads is ${heads}`;
  issues.addIssue({ code: 'custom', path: ['width'], message });
}

/** The same settings without their defaults: what is stored is whole. */
export function stored<Shape extends Record<string, z.ZodDefault>>(shape: Shape) {
  const entries = Object.entries(shape).map(([name, setting]) => [name, setting.unwrap()]);
  return Object.fromEntries(entries) as {
    [Name in keyof Shape]: Shape[Name] extends z.ZodDefault<infer Inner> ? Inner : never;
  };
}
