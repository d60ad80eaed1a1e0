// All settings of a training run as one flat list of keys: the chosen architecture's, those of training and of fine-tuning;
// resolved in the order defaults < preset < file < flags.
import { z } from 'zod';
import type { Architecture } from '../architectures/architecture.ts';
import type { ModelConfig, SettingValues } from '../architectures/config.ts';
import { ARCHITECTURES, architectureNamed, architectureOf } from '../architectures/list.ts';
import { TsgptError, UsageError, unexpected } from '../base/errors.ts';
import { didYouMean } from '../base/nearest.ts';
import { type FineTuningConfig, fineTuningSchema } from './fine-tuning.ts';
import { presetValues } from './presets.ts';
import { type TrainingConfig, trainingSchema } from './training.ts';

export type { SettingValues } from '../architectures/config.ts';

/** Those that every run has are typed; the others are the architecture's. */
export type Settings = TrainingConfig &
  FineTuningConfig & { readonly context: number } & Readonly<Record<string, unknown>>;

const COMMON = { training: trainingSchema, 'fine-tuning': fineTuningSchema } as const;

export type SettingGroup = 'model' | keyof typeof COMMON;

export interface SettingRow {
  name: string;
  description: string;
  group: SettingGroup;
  default: unknown;
  isList: boolean;
}

/** One row a setting, for --help. */
export const SETTINGS: readonly SettingRow[] = [
  ...modelRows(),
  ...Object.entries(COMMON).flatMap(([group, { shape }]) =>
    Object.entries<z.ZodType>(shape).map(([name, schema]) => rowOf(name, schema, group as SettingGroup)),
  ),
];

/** What architectures share is one row; where they differ it says whose is whose. */
function modelRows(): SettingRow[] {
  const names = new Set(ARCHITECTURES.flatMap(({ settings }) => Object.keys(settings)));
  return [...names].map((name) => {
    const having = ARCHITECTURES.filter(({ settings }) => name in settings);
    const rows = having.map(({ settings }) => rowOf(name, settings[name] as z.ZodType, 'model'));
    const first = rows[0]!;
    const isSame = rows.every(({ description }) => description === first.description);
    const descriptions = rows.map(({ description }, i) => `${having[i]!.name}: ${description}`);
    const owners =
      having.length === ARCHITECTURES.length ? '' : ` (${having.map(({ name }) => name).join(', ')})`;
    return { ...first, description: isSame ? first.description + owners : descriptions.join('; ') };
  });
}

function rowOf(name: string, schema: z.ZodType, group: SettingGroup): SettingRow {
  return {
    name,
    description: schema.description ?? '',
    group,
    default: schema.safeParse(undefined).data,
    isList: schema.safeParse(['x']).success,
  };
}

export interface SettingSources {
  arch: string;
  /** Instead of the usual ones. */
  defaults?: SettingValues | undefined;
  preset?: string | undefined;
  /** A parsed configuration file. */
  file?: unknown;
  /** Flags and --set pairs, as text or values. */
  flags?: Readonly<Record<string, unknown>>;
}

export function resolveSettings(sources: SettingSources): Settings {
  const values = { ...sources.defaults, ...givenSettings(sources) };
  const parsed = schemaOf(architectureNamed(sources.arch)).safeParse(values);
  if (parsed.success) return parsed.data as Settings;
  const issue = parsed.error.issues[0]!;
  const name = String(issue.path[0]);
  throw unexpected(name, wantedBy(issue), Reflect.get(values, name));
}

/** As run.json has them: runs of the first version also stored settings that only other architectures have. */
export function storedSettings(arch: string, values: SettingValues): Settings {
  const { shape } = schemaOf(architectureNamed(arch));
  const own = Object.entries(values).filter(([name]) => name in shape || !isOfAnother(name));
  return resolveSettings({ arch, file: Object.fromEntries(own) });
}

function schemaOf({ settings }: Architecture) {
  return z.strictObject({ ...settings, ...trainingSchema.shape, ...fineTuningSchema.shape });
}

function isOfAnother(name: string): boolean {
  return ARCHITECTURES.some(({ settings }) => name in settings);
}

/** What a value should have been, in words that follow "expected". */
function wantedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return (
        {
          int: 'a whole number',
          number: 'a number',
          boolean: 'true or false',
          array: 'a list of names',
          string: 'names',
        }[String(issue.expected)] ?? issue.expected
      );
    case 'too_small':
      if (issue.origin !== 'number' && issue.origin !== 'int') return 'one or more names';
      return `a number ${issue.inclusive ? 'of at least' : 'above'} ${issue.minimum}`;
    case 'too_big':
      return `a number ${issue.inclusive ? 'of at most' : 'below'} ${issue.maximum}`;
    case 'invalid_value':
      return issue.values.join(' or ');
    default:
      return issue.message;
  }
}

/** What the user asked for, without the defaults; names are checked, values not yet. */
export function givenSettings({ arch, preset, file, flags = {} }: SettingSources): SettingValues {
  const architecture = architectureNamed(arch);
  const fromFile =
    file === undefined ? {} : checkKeys(asObject(file), architecture, 'the configuration file');
  const fromFlags = mapValues(checkKeys(flags, architecture, '--set'), fromText);
  return { ...presetValues(preset, arch), ...fromFile, ...fromFlags };
}

const PATH_NEUTRAL = [
  'maxSeconds',
  'evalInterval',
  'evalTokens',
  'earlyStop',
  'checkpointInterval',
  'keepLast',
];

/** Whether a run may be resumed with another value: the steps it takes stay the same, only what is made of them changes. */
export function isPathNeutral(name: string, settings: Settings): boolean {
  const stretchesSchedule = name === 'maxSteps' || name === 'maxTokens';
  return PATH_NEUTRAL.includes(name) || (stretchesSchedule && settings.schedule === 'constant');
}

export function trainingOf(settings: Settings): TrainingConfig {
  return trainingSchema.parse(pick(settings, Object.keys(trainingSchema.shape)));
}

/** The settings that are those of a model, by name. */
export function modelSettings(model: ModelConfig): SettingValues {
  return pick(model, Object.keys(architectureOf(model).settings));
}

export function modelOf(settings: Settings, arch: string, vocabSize: number): ModelConfig {
  const architecture = architectureNamed(arch);
  const own = pick(settings, Object.keys(architecture.settings));
  const parsed = architecture.config.safeParse({ arch, vocabSize, ...own });
  if (parsed.success) return parsed.data;
  throw new UsageError(parsed.error.issues[0]!.message);
}

function asObject(file: unknown): Record<string, unknown> {
  if (typeof file === 'object' && file !== null && !Array.isArray(file)) return { ...file };
  throw new TsgptError(
    'expected the configuration file to hold one JSON object',
    'for example { "layers": 4 }',
  );
}

function checkKeys(values: SettingValues, architecture: Architecture, where: string): SettingValues {
  const known = Object.keys(schemaOf(architecture).shape);
  for (const name of Object.keys(values)) {
    if (known.includes(name)) continue;
    if (isOfAnother(name))
      throw new UsageError(
        `${architecture.name} has no setting ${name}`,
        `those of its model are ${Object.keys(architecture.settings).join(', ')}`,
      );
    throw new UsageError(`unknown setting ${name} in ${where}`, didYouMean(name, known));
  }
  return values;
}

/** Text from the command line as the value it spells: 12, 1e-3, true; anything else stays text. */
function fromText(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  const number = Number(value.replaceAll('_', ''));
  return value.trim() === '' || Number.isNaN(number) ? value : number;
}

function mapValues(values: SettingValues, change: (value: unknown) => unknown): SettingValues {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}

function pick(values: object, names: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
}
