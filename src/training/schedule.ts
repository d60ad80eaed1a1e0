// The learning rate of each step: linear warm-up, then one of four shapes down to the minimum.
import { defaultWarmup, type TrainingConfig } from '../settings/training.ts';

type ScheduleSettings = Pick<
  TrainingConfig,
  'schedule' | 'learningRate' | 'minLearningRate' | 'warmupSteps' | 'decayFraction'
>;

/** `step` counts from 0; `total` is the number of steps the schedule is stretched over. */
export function learningRateAt(step: number, total: number, settings: ScheduleSettings): number {
  const { learningRate, minLearningRate, warmupSteps = defaultWarmup(total) } = settings;
  if (step < warmupSteps) return (learningRate * (step + 1)) / (warmupSteps + 1);
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, total - warmupSteps));
  return minLearningRate + (learningRate - minLearningRate) * remaining(progress, settings);
}

/** How much of the way from the minimum to the full rate is left: 1 at the start, 0 at the end. */
function remaining(progress: number, { schedule, decayFraction }: ScheduleSettings): number {
  switch (schedule) {
    case 'constant':
      return 1;
    case 'linear':
      return 1 - progress;
    case 'cosine':
      return 0.5 * (1 + Math.cos(Math.PI * progress));
    case 'wsd':
      return Math.min(1, (1 - progress) / decayFraction);
  }
}
