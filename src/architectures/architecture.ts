// What an architecture declares of itself. Each has a folder here and a line in list.ts; outside of them no file names one.
// Light: settings, help and counting need no tfjs, so the model itself and its ONNX graph are loaded when they are asked for.
import type { z } from 'zod';
import type { FloatTensor } from '../base/safetensors-file.ts';
import type { GgufModel } from '../formats/gguf/model.ts';
import type { Dtype } from '../formats/onnx/dtypes.ts';
import type { GraphBuilder } from '../formats/onnx/graph-builder.ts';
import type { OnnxGraph, Weight } from '../formats/onnx/graph-reader.ts';
import type { Specs } from '../layers/parameters.ts';
import type { ModelConfig, SettingValues } from './config.ts';
import type { Model } from './language-model.ts';

export interface Preset {
  /** For --help. */
  readonly about: string;
  readonly settings: SettingValues;
}

export interface Benchmark {
  /** For --help. */
  readonly about: string;
  readonly model: ModelConfig;
  readonly batchSize: number;
}

export const WEB_SIZES = ['tiny', 'small', 'medium'] as const;
export type WebSize = (typeof WEB_SIZES)[number];

export const PART_NAMES = ['encoder', 'decoder'] as const;
export type PartName = (typeof PART_NAMES)[number];

/** A part of a model that can begin as a whole model of another architecture was trained. */
export interface Part {
  /** The other architecture, and then the value of the setting that is named as the part. */
  readonly arch: string;
  /** What the other model calls what is this parameter here. */
  nameIn(name: string): string | undefined;
}

/**
 * What an architecture declares of itself.
 */
export interface Architecture<Config extends ModelConfig = ModelConfig> {
  /** The name that users and files give it. */
  readonly name: string;
  /** The name that sentences and menus give it. */
  readonly title: string;
  /** What its models are trained for: one of tasks/list.ts. */
  readonly task: string;
  /** Its settings, each with a default and a description; those that it lacks are refused. */
  readonly settings: z.ZodRawShape;
  /** A model's configuration, checked. */
  readonly config: z.ZodType<Config>;
  /** Named settings, of the model and of its training. */
  readonly presets: Readonly<Record<string, Preset>>;
  /** Settings for the comparison on the built-in stories. */
  readonly standard: SettingValues;
  /** Settings for the models that the page offers; absent where it offers none. */
  readonly webSizes?: Readonly<Record<WebSize, SettingValues>>;
  /** Models that speed is measured with. */
  readonly benchmarks: Readonly<Record<string, Benchmark>>;
  /** The setting `width` must be a multiple of this. Absent where the number of parameters does not follow a width. */
  widthGrain?(settings: SettingValues): number;
  /** Its shape in a few words: "2 layers, width 64". */
  describe(config: Config): string;
  parameters(config: Config): Specs;
  /** How it takes a LoRA adapter; absent where it takes none. */
  readonly lora?: {
    /** The parameters that get one unless the user says which. */
    readonly targets: readonly string[];
    /** PEFT's word for weights that are stored as (in, out). */
    readonly fanInFanOut: boolean;
  };
  /** Whether its models can compute activations again in the backward pass (LossOptions.recompute). */
  readonly recomputes?: true;
  /** Its parts that can begin with another architecture's weights; absent where there are none. */
  readonly parts?: Readonly<Partial<Record<PartName, Part>>>;
  readonly disk: DiskForm<Config>;
  /** Whether Hugging Face's libraries know its checkpoints. */
  readonly hf: boolean;
  /** What of a model they know nothing of, for errors: "learned positions". Absent where they know all of them. */
  unlikeHub?(config: Config): string | undefined;
  readonly onnx?: OnnxForm<Config>;
  /** How llama.cpp has it; absent where it does not know it. */
  readonly gguf?: GgufForm<Config>;
  /** What it can be imported from, beside safetensors; all absent where it cannot be imported. */
  readonly imports?: { onnx?(): Promise<(graph: OnnxGraph, file: string) => Map<string, Weight>> };
  /** Whether its models are fitted to a text at once, and take no steps of training. */
  readonly isFitted?: true;
  load(): Promise<Code<Config>>;
}

/** What makes an architecture's models. */
export interface Code<Config extends ModelConfig> {
  create(config: Config, seed?: number): Model;
  /** Where models are fitted: makes one of a split, as the task knows it. */
  fitTo?(split: unknown, config: Config): Promise<Model>;
}

/** A checkpoint's config.json, and the names of its tensors. */
export interface DiskForm<Config extends ModelConfig> {
  /** The `model_type`s that are read as this architecture. */
  readonly modelTypes: readonly string[];
  format(config: Config, endOfText: number | undefined): object;
  /** `json` holds one of the model types; `file` is only named in errors. */
  parse(json: object, file: string): Config;
  toDisk(name: string): string;
  /** Returns nothing for a tensor that is no parameter. */
  fromDisk(name: string): string | undefined;
  /** Whether files hold this matrix turned: (out, in) where the model has (in, out). Absent where they hold none so. */
  isTurned?(name: string): boolean;
  /** Whether a model from elsewhere may lack this parameter, which is then zero. Absent where it may lack none. */
  mayLack?(name: string): boolean;
  /** Output layers that files may hold again although they are tied to a parameter; they must then have that parameter's values. */
  tied?(config: Config): readonly { readonly stored: string; readonly parameter: string }[];
}

export interface OnnxForm<Config extends ModelConfig> {
  readonly dtypes: readonly Dtype[];
  /** Whether transformers.js runs it as it runs its own models. */
  readonly forTransformersJs: boolean;
  /** The files that a model is, where it is not one: each is a graph of its own. */
  readonly parts?: readonly string[];
  /** The tensors are named as on disk. */
  load(): Promise<{
    graph(
      config: Config,
      tensors: ReadonlyMap<string, FloatTensor>,
      dtype: Dtype,
      part?: string,
    ): GraphBuilder;
  }>;
}

export interface GgufForm<Config extends ModelConfig> {
  /** What of a model llama.cpp knows nothing of, for errors. Absent where it knows all of them. */
  unlike?(config: Config): string | undefined;
  /** The tensors are named as on disk. */
  load(): Promise<{ describe(config: Config, tensors: ReadonlyMap<string, FloatTensor>): GgufModel }>;
}
