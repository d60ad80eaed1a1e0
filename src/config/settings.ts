// All settings of a training run as one flat list of keys, resolved in the order defaults < preset < file < flags.
import { z } from 'zod';
import { TsgptError, UsageError, unexpected } from '../base/errors.ts';
import { didYouMean } from '../base/nearest.ts';
import { fineTuningSchema } from './fine-tuning.ts';
import { ARCHS, type Arch, type ModelConfig, modelSchema } from './model.ts';
import { PRESETS } from './presets.ts';
import { type TrainingConfig, trainingSchema } from './training.ts';

const modelKeys = z.strictObject({
  layers: z.int().positive().default(4).describe('number of blocks (GPT) or stacked LSTM layers'),
  heads: z.int().positive().default(4).describe('attention heads (GPT); width must be a multiple'),
  width: z.int().positive().default(128).describe('size of a token vector'),
  context: z.int().positive().default(64).describe('longest stretch of tokens seen at once'),
  dropout: z.number().min(0).lt(1).default(0).describe('share of activations dropped in training'),
  tiedHead: z
    .boolean()
    .default(false)
    .describe('the output layer shares the embedding’s weights (LSTM; a GPT’s always does)'),
});

const GROUPS = { model: modelKeys, training: trainingSchema, 'fine-tuning': fineTuningSchema } as const;

export const settingsSchema = z.strictObject({
  ...modelKeys.shape,
  ...trainingSchema.shape,
  ...fineTuningSchema.shape,
});

export type SettingName = keyof typeof settingsSchema.shape;
export type Settings = z.infer<typeof settingsSchema>;
export type SettingValues = Partial<Record<SettingName, unknown>>;

export interface SettingRow {
  name: SettingName;
  description: string;
  group: SettingGroup;
  default: unknown;
  isList: boolean;
}

export type SettingGroup = keyof typeof GROUPS;

/** One row a setting, for --help. */
export const SETTINGS: readonly SettingRow[] = Object.entries(GROUPS).flatMap(([group, { shape }]) =>
  Object.entries<z.ZodType>(shape).map(([name, schema]) => ({
    name: name as SettingName,
    description: schema.description ?? '',
    group: group as SettingGroup,
    default: schema.safeParse(undefined).data,
    isList: schema.safeParse(['x']).success,
  })),
);

export interface SettingSources {
  arch: Arch;
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
  const parsed = settingsSchema.safeParse(values);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const name = String(issue.path[0]);
  throw unexpected(name, wantedBy(issue), Reflect.get(values, name));
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
  const fromFile = file === undefined ? {} : checkKeys(asObject(file), 'the configuration file');
  const fromFlags = mapValues(checkKeys(flags, '--set'), fromText);
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
  return pick(model, Object.keys(modelKeys.shape));
}

export function modelOf(settings: Settings, arch: Arch, vocabSize: number): ModelConfig {
  const { layers, heads, width, context, dropout, tiedHead } = settings;
  const shared = { vocabSize, context, layers, width, dropout };
  const parsed = modelSchema.safeParse(
    arch === 'gpt' ? { arch, ...shared, heads } : { arch, ...shared, tiedHead },
  );
  if (parsed.success) return parsed.data;
  const shape = arch === 'gpt' ? `: width is ${width}, heads is ${heads}` : '';
  throw new UsageError(parsed.error.issues[0]!.message + shape);
}

export function parseArch(text: string): Arch {
  const arch = ARCHS.find((known) => known === text);
  if (arch) return arch;
  throw new UsageError(`unknown architecture ${JSON.stringify(text)}`, didYouMean(text, ARCHS));
}

function presetValues(name: string | undefined, arch: Arch): SettingValues {
  if (name === undefined) return {};
  const preset = PRESETS[name];
  if (!preset)
    throw new UsageError(`unknown preset ${JSON.stringify(name)}`, didYouMean(name, Object.keys(PRESETS)));
  const values = preset[arch];
  if (values) return values;
  const fitting = Object.keys(PRESETS).filter((other) => PRESETS[other]?.[arch]);
  throw new UsageError(
    `the preset ${name} has no settings for ${arch}`,
    `for ${arch}: ${fitting.join(', ')}`,
  );
}

function asObject(file: unknown): Record<string, unknown> {
  if (typeof file === 'object' && file !== null && !Array.isArray(file)) return { ...file };
  throw new TsgptError(
    'expected the configuration file to hold one JSON object',
    'for example { "layers": 4 }',
  );
}

function checkKeys(values: Readonly<Record<string, unknown>>, where: string): SettingValues {
  for (const name of Object.keys(values)) {
    if (!(name in settingsSchema.shape)) {
      throw new UsageError(
        `unknown setting ${name} in ${where}`,
        didYouMean(name, Object.keys(settingsSchema.shape)),
      );
    }
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
