// What all architectures' configurations have in common.

export type SettingValues = Readonly<Record<string, unknown>>;

/** What fixes a model's shape, as its checkpoint stores it. Each architecture adds settings of its own. */
export type ModelConfig = {
  readonly arch: string;
  readonly vocabSize: number;
  /** The longest stretch of tokens seen at once. */
  readonly context: number;
} & SettingValues;
