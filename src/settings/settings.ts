// All settings of a training run as one flat list of keys: the chosen architecture's, those of training and of fine-tuning,
// and the chosen optimizer's; resolved in the order defaults < preset < file < flags.
import { z } from 'zod';
import type { Architecture } from '../architectures/architecture.ts';
import type { ModelConfig, SettingValues } from '../architectures/config.ts';
import { ARCHITECTURES, architectureNamed, architectureOf } from '../architectures/list.ts';
import { TsgptError, UsageError, unexpected } from '../base/errors.ts';
import { didYouMean } from '../base/nearest.ts';
import { DEFAULT_OPTIMIZER, OPTIMIZERS, optimizerNamed } from '../optimizers/list.ts';
import type { OptimizerKind } from '../optimizers/optimizer.ts';
import type { DataSizes } from '../tasks/task.ts';
import { type FineTuningConfig, fineTuningSchema } from './fine-tuning.ts';
import { scaledRates } from './learning-rates.ts';
import { presetValues } from './presets.ts';
import { type TrainingConfig, trainingSchema } from './training.ts';

export type { SettingValues } from '../architectures/config.ts';

/** The settings that every run has are typed; the others are the architecture's and the optimizer's. */
export type Settings = TrainingConfig &
  FineTuningConfig & { readonly context: number } & Readonly<Record<string, unknown>>;

const COMMON = { training: trainingSchema, 'fine-tuning': fineTuningSchema } as const;

export type SettingGroup = 'model' | 'optimizer' | keyof typeof COMMON;

/** An architecture or an optimizer, as far as its settings go. */
interface Owner {
  readonly name: string;
  readonly settings: z.ZodRawShape;
}

export interface SettingRow {
  name: string;
  description: string;
  group: SettingGroup;
  default: unknown;
  isList: boolean;
}

/**
 * One row a setting, for --help: its name, description, default, and what it is a setting of.
 */
export const SETTINGS: readonly SettingRow[] = [
  ...rowsOf(ARCHITECTURES, 'model'),
  ...Object.entries(COMMON).flatMap(([group, { shape }]) =>
    Object.entries<z.ZodType>(shape).map(([name, schema]) => rowOf(name, schema, group as SettingGroup)),
  ),
  ...rowsOf(OPTIMIZERS, 'optimizer'),
];

/** A setting that several owners share becomes one row, which says whose default is whose where they differ. */
function rowsOf(owners: readonly Owner[], group: SettingGroup): SettingRow[] {
  const names = new Set(owners.flatMap(({ settings }) => Object.keys(settings)));
  return [...names].map((name) => {
    const having = owners.filter(({ settings }) => name in settings);
    const rows = having.map(({ settings }) => rowOf(name, settings[name] as z.ZodType, group));
    const first = rows[0]!;
    const isSame = rows.every(
      (row) => row.description === first.description && row.default === first.default,
    );
    const of = having.length === owners.length ? '' : ` (${having.map(({ name }) => name).join(', ')})`;
    if (isSame) return { ...first, description: first.description + of };
    const each = rows.map(
      (row, i) =>
        `${having[i]!.name}: ${row.description}${row.default === first.default ? '' : `, ${row.default} if not given`}`,
    );
    return { ...first, description: each.join('; ') };
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
  /** Defaults that replace the usual ones. */
  defaults?: SettingValues | undefined;
  preset?: string | undefined;
  /** A parsed configuration file. */
  file?: unknown;
  /** Flags and --set pairs, as text or values. */
  flags?: Readonly<Record<string, unknown>>;
}

/**
 * Puts a run's settings together: defaults < preset < file < flags. An unknown name or a bad value is refused in words.
 * @example
 * import { resolveSettings } from 'tsgpt';
 * const settings = resolveSettings({ arch: 'gpt', preset: 'baby', flags: { learningRate: 2e-3 } });
 * console.log(settings.context, settings.learningRate);
 */
export function resolveSettings(sources: SettingSources): Settings {
  const owners = ownersOf(sources);
  const rates = scaledRates(USUAL_RATES, owners[1].name);
  const values = { ...rates, ...sources.defaults, ...givenSettings(sources) };
  const parsed = schemaOf(owners).safeParse(values);
  if (parsed.success) return parsed.data as Settings;
  const issue = parsed.error.issues[0]!;
  const name = String(issue.path[0]);
  const value: unknown = Reflect.get(values, name);
  throw unexpected(name, wantedBy(issue, value), value);
}

/** Settings as run.json holds them. Runs of the first version also stored settings that only other architectures have. */
export function storedSettings(arch: string, values: SettingValues): Settings {
  const owners = ownersOf({ arch, file: values });
  return resolveSettings({ arch, file: withoutOthers(values, owners) });
}

/** Their defaults, which are AdamW's. */
const { learningRate, minLearningRate } = trainingSchema.parse({});
const USUAL_RATES = { learningRate, minLearningRate };

type Owners = readonly [Architecture, OptimizerKind];

/** The optimizer is the one that the same sources ask for. */
function ownersOf({ arch, defaults, preset, file, flags }: SettingSources): Owners {
  const sources = [flags, file, presetValues(preset, arch), defaults] as Partial<Settings>[];
  const optimizer = sources.map((values) => values?.optimizer).find((name) => name !== undefined);
  return [architectureNamed(arch), optimizerNamed(optimizer ?? DEFAULT_OPTIMIZER.name)];
}

function schemaOf([architecture, optimizer]: Owners) {
  return z.strictObject({
    ...architecture.settings,
    ...trainingSchema.shape,
    ...fineTuningSchema.shape,
    ...optimizer.settings,
  });
}

function isOfAnother(name: string): boolean {
  return [...ARCHITECTURES, ...OPTIMIZERS].some(({ settings }) => name in settings);
}

function withoutOthers(values: SettingValues, owners: Owners): SettingValues {
  const { shape } = schemaOf(owners);
  return Object.fromEntries(Object.entries(values).filter(([name]) => name in shape || !isOfAnother(name)));
}

/** What a value should have been, in words that follow "expected". */
function wantedBy(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return (
        {
          int: 'a whole number',
          number: typeof value === 'number' ? 'a finite number' : 'a number',
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
export function givenSettings(sources: SettingSources): SettingValues {
  const { arch, preset, file, flags = {} } = sources;
  const fileValues = file === undefined ? {} : asObject(file);
  const owners = ownersOf(sources);
  const fromFile = checkKeys(fileValues, owners, 'the configuration file');
  const fromFlags = mapValues(checkKeys(flags, owners, '--set'), fromText);
  const fromPreset = scaledRates(withoutOthers(presetValues(preset, arch), owners), owners[1].name);
  return { ...fromPreset, ...fromFile, ...fromFlags };
}

export function trainingOf(settings: Settings): TrainingConfig {
  return trainingSchema.parse(pick(settings, Object.keys(trainingSchema.shape)));
}

/** The settings that are those of a model, by name. */
export function modelSettings(model: ModelConfig): SettingValues {
  return pick(model, Object.keys(architectureOf(model).settings));
}

/** `sizes` come from the text: the task says which. */
export function modelOf(settings: Settings, arch: string, sizes: DataSizes): ModelConfig {
  const architecture = architectureNamed(arch);
  const own = pick(settings, Object.keys(architecture.settings));
  const parsed = architecture.config.safeParse({ arch, ...sizes, ...own });
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

function checkKeys(values: SettingValues, owners: Owners, where: string): SettingValues {
  const known = Object.keys(schemaOf(owners).shape);
  for (const name of Object.keys(values)) {
    if (known.includes(name)) continue;
    if (isOfAnother(name)) throw lacking(name, owners);
    throw new UsageError(`unknown setting ${name} in ${where}`, didYouMean(name, known));
  }
  return values;
}

function lacking(name: string, [architecture, optimizer]: Owners): UsageError {
  const isModels = ARCHITECTURES.some(({ settings }) => name in settings);
  const owner: Owner = isModels ? architecture : optimizer;
  return new UsageError(
    `${owner.name} has no setting ${name}`,
    `it has ${Object.keys(owner.settings).join(', ')}`,
  );
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
