// One entry of a comparison: an architecture in one size, its learning rate found, trained and measured from every seed.
import { join } from 'node:path';
import { parameterCount } from '../architectures/language-model.ts';
import { architectureNamed } from '../architectures/list.ts';
import { formatCount, formatDuration } from '../base/format.ts';
import { openAnyModel } from '../run/open.ts';
import { flopsPerToken } from './budget.ts';
import type { ComparedRun, ComparisonEntry } from './findings.ts';
import type { Lab } from './lab.ts';
import type { Entrant } from './match.ts';
import { measured } from './measured.ts';
import { sampleOf } from './statistics.ts';
import { bestOf, SWEEP_SHARE, sweepRates, type Tried } from './sweep.ts';
import { withSpread } from './table.ts';
import { finish, speedOf } from './trial.ts';

/** Trains and measures one architecture in one size, from every seed. */
export async function enter(entrant: Entrant, lab: Lab): Promise<ComparisonEntry> {
  const { name, arch, model } = entrant;
  const { board } = lab;
  const { describe, isFitted } = architectureNamed(arch);
  board.note(
    `${name}: ${describe(model)}${isFitted ? '' : `, ${formatCount(entrant.parameters)} parameters`}`,
  );
  const sweep = lab.sweep && !isFitted ? await swept(entrant, lab) : undefined;
  const settings = sweep ? withRate(entrant.settings, bestOf(sweep).rate) : entrant.settings;
  if (sweep) board.note(`${name}: learning rate ${settings.learningRate}`);
  const seeds = isFitted ? 1 : lab.seeds; // a fitted one does not depend on it
  const runs: ComparedRun[] = [];
  let [memoryBytes, parameters]: [number | null, number] = [null, entrant.parameters];
  for (let seed = settings.seed; seed < settings.seed + seeds; seed++) {
    const suffix = seed === settings.seed ? '' : `-seed-${seed}`;
    board.stage(name, seeds > 1 ? `seed ${seed}` : isFitted ? 'fitting' : 'training');
    const run = await trained(`${slug(name)}${suffix}`, { ...entrant, settings: { ...settings, seed } }, lab);
    runs.push(run.found);
    memoryBytes = run.memoryBytes ?? memoryBytes;
    parameters = run.parameters;
    const { tokens, seconds, evaluation } = run.found;
    board.note(
      `${name}${seeds > 1 ? `, seed ${seed}` : ''}: ${formatCount(tokens)} tokens in ${formatDuration(seconds)}, loss ${evaluation.loss.toFixed(4)}`,
    );
  }
  const loss = sampleOf(runs.map(({ evaluation }) => evaluation.loss));
  board.stage(name, 'done', withSpread(loss, 4));
  return {
    name,
    arch,
    shape: describe(model),
    settings,
    parameters,
    flopsPerToken: await flopsPerToken(model),
    memoryBytes,
    sweep,
    runs,
    loss,
    afresh: sampleOf(runs.map(({ afresh }) => afresh.loss)),
  };
}

/** Tries learning rates on a share of the budget each. */
function swept(entrant: Entrant, lab: Lab): Promise<Tried[]> {
  const { name, arch, settings } = entrant;
  const maxSteps = Math.ceil(SWEEP_SHARE * settings.maxSteps);
  return sweepRates(settings.learningRate, async (rate) => {
    lab.board.stage(name, `learning rate ${rate}`);
    const folder = join(lab.out, 'sweep', `${slug(name)}-${rate}`);
    const trial = {
      ...withRate(settings, rate),
      maxSteps,
      evalInterval: maxSteps,
      checkpointInterval: maxSteps,
    };
    const { result } = await finish(
      {
        name,
        title: `${name}, learning rate ${rate}`,
        folder,
        data: lab.dataset.folder,
        arch,
        settings: trial,
      },
      lab,
    );
    return result.valLoss ?? Number.NaN;
  });
}

/** The last rate of the schedule stays the same share of the highest. */
function withRate<S extends Entrant['settings']>(settings: S, learningRate: number): S {
  const minLearningRate = settings.minLearningRate * (learningRate / settings.learningRate);
  return { ...settings, learningRate, minLearningRate };
}

async function trained(
  folderName: string,
  { arch, settings, name }: Entrant,
  lab: Lab,
): Promise<{ found: ComparedRun; memoryBytes: number | null; parameters: number }> {
  const folder = join(lab.out, folderName);
  const trial = { name, title: name, folder, data: lab.dataset.folder, arch, settings };
  const { result, memoryBytes } = await finish(trial, lab);
  const opened = await openAnyModel(folder);
  try {
    const found = await measured(opened, folder, lab);
    const { tokens, seconds } = result;
    return {
      found: {
        seed: settings.seed,
        tokens,
        seconds,
        tokensPerSecond: speedOf(folder) ?? tokens / seconds,
        ...found,
      },
      memoryBytes,
      parameters: parameterCount(opened.model),
    };
  } finally {
    opened.model.dispose();
  }
}

/** A name as that of a folder. */
export function slug(name: string): string {
  return name.replaceAll(/[ :=]/g, '-');
}
