// Which precision a backend computes in: fp32, or half the width (bf16, fp16) where it has that and it is faster.
import { UsageError } from '../base/errors.ts';
import { didYouMean } from '../base/nearest.ts';
import { type Backend, type Half, PRECISIONS, type Precision } from './backend.ts';

export function precisionsOf(backend: Backend): Precision[] {
  const half = backend.half?.();
  return half?.usable ? ['fp32', half.precision] : ['fp32'];
}

export function precisionFor(
  backend: Backend,
  asked: string,
): { precision: Precision; whyPrecision: string } {
  if (asked !== 'auto') return { precision: asked as Precision, whyPrecision: 'asked for' };
  const half = halfOf(backend);
  if ('reason' in half) return { precision: 'fp32', whyPrecision: half.reason };
  if (half.onlyIfAsked !== undefined) return { precision: 'fp32', whyPrecision: half.onlyIfAsked };
  return { precision: half.precision, whyPrecision: 'faster than fp32' };
}

function halfOf(backend: Backend): Half | { reason: string } {
  return backend.half?.() ?? { reason: `${backend.name} computes in fp32 alone` };
}

/** What keeps the backend from that precision. */
export function obstacleToPrecision(backend: Backend, asked: string): string | undefined {
  if (asked === 'auto' || asked === 'fp32') return undefined;
  const half = halfOf(backend);
  if ('precision' in half && half.precision !== asked) return `${backend.name} has no ${asked}`;
  return 'reason' in half ? half.reason : undefined;
}

export function checkPrecision(precision: string): void {
  const known = ['auto', ...PRECISIONS];
  if (!known.includes(precision))
    throw new UsageError(`unknown precision ${JSON.stringify(precision)}`, didYouMean(precision, known));
}
