// Gradient clipping: all gradients are multiplied by one scale, so that their global norm is at most `clip`; 0 leaves them.
import * as tf from '#tfjs';

const CLIP_EPSILON = 1e-6; // torch's

/** The scale where the norm is not known yet. */
export function clipScale(norm: tf.Scalar, clip: number): tf.Scalar | number {
  return clip > 0 ? tf.minimum(1, tf.div(clip, norm.add(CLIP_EPSILON))) : 1;
}

/** What gradients are multiplied by, or that nothing is to change; for kernels that know the two numbers. */
export function gradientScale(loss: number, norm: number, clip: number): number | undefined {
  if (!Number.isFinite(loss) || !Number.isFinite(norm)) return undefined;
  return clip > 0 ? Math.min(1, clip / (norm + CLIP_EPSILON)) : 1;
}
