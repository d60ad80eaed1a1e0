// What of a run's model is trained: all of it, all but what is frozen, or a LoRA adapter beside it.
import type { Variable } from '#tfjs';
import type { ModelConfig } from '../architectures/config.ts';
import type { Model } from '../architectures/language-model.ts';
import { architectureOf } from '../architectures/list.ts';
import { UsageError } from '../base/errors.ts';
import { matchNames } from '../base/name-patterns.ts';
import { type Adapter, modulesOf } from '../checkpoint/adapter.ts';
import { type LoraConfig, loraOf } from '../settings/fine-tuning.ts';
import type { Settings } from '../settings/settings.ts';
import { addLora } from '../training/lora.ts';

type Variables = ReadonlyMap<string, Variable>;

/** Refuses settings that do not go together. */
export function checkFineTuning(settings: Settings, hasInit: boolean): void {
  const { loraRank, loraContinue, loraAlpha, loraTargets, freeze } = settings;
  if (loraContinue && [loraRank, loraAlpha, loraTargets].some((given) => given !== undefined))
    throw new UsageError(
      '--lora-continue trains on an adapter as it is, with the rank, alpha and targets that it has',
      'leave --lora-rank, --lora-alpha and --lora-targets out',
    );
  if (loraRank === undefined && (loraAlpha !== undefined || loraTargets !== undefined))
    throw new UsageError(
      'expected --lora-rank beside --lora-alpha and --lora-targets',
      'as in --lora-rank 8',
    );
  if (loraRank === undefined && !loraContinue) return;
  const flag = loraContinue ? '--lora-continue' : '--lora-rank';
  if (!hasInit)
    throw new UsageError(
      `expected --init <run> beside ${flag}`,
      'an adapter is trained for the weights of another checkpoint',
    );
  if (freeze !== undefined)
    throw new UsageError(
      `--freeze does not go with ${flag}, which leaves all weights as they are`,
      'leave it out; --lora-targets says which weights get an adapter',
    );
}

/** A LoRA adapter's variables are new, and become part of what the model computes; the others are the model's own. */
export function trainedOf(model: Model, settings: Settings, lora: LoraConfig | undefined): Variables {
  if (architectureOf(model.config).isFitted) return new Map();
  if (lora) return addLora(model, lora, settings.seed);
  const { freeze } = settings;
  return freeze === undefined ? model.parameters : withoutFrozen(model.parameters, freeze);
}

/** The adapter that is trained: that of the checkpoint which the run begins with or goes on from, else what the settings ask for. */
export function loraOfRun(settings: Settings, model: ModelConfig, adapter?: Adapter): LoraConfig | undefined {
  if (adapter === undefined) return loraOf(settings, architectureOf(model));
  return { ...adapter, targets: modulesOf(adapter.tensors) };
}

function withoutFrozen(parameters: Variables, patterns: readonly string[]): Variables {
  const frozen = new Set(matchNames(patterns, [...parameters.keys()], '--freeze'));
  if (frozen.size === parameters.size)
    throw new UsageError('--freeze leaves nothing to train', 'freeze fewer of the parameters');
  return new Map([...parameters].filter(([name]) => !frozen.has(name)));
}
