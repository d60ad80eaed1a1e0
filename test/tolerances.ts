// Every tolerance of the numeric tests, with its reason. All are norm-wise relative errors (test/relative-error.ts): toAgree
// takes them by name.

export const TOLERANCE = {
  /**
   * float32 against a float64 reference over a whole model. One rounding is 6e-8; a few hundred of them add up to
   * about 1e-6 in PyTorch's own float32, so 2e-5 leaves room for other summation orders and catches any wrong formula
   * (an exact GELU in place of the tanh one moves logits by 2e-4).
   */
  model: 2e-5,
  /** Parameters after ten AdamW steps: each step divides by √v, which magnifies rounding where gradients are small. */
  trained: 1e-4,
  /** One op, float32 against float64. */
  op: 1e-5,
  /**
   * An op's gradient against central differences of the same op in float64: the differences themselves are good to
   * about 1e-7, the op's float32 gradient to 1e-6.
   */
  gradient: 1e-5,
  /**
   * One op, or its gradient, whose matrix products round their operands to bfloat16: 2⁻⁹ = 2e-3 of each operand, two
   * operands, in products that follow one another.
   */
  bf16: 2e-2,
  /**
   * The same with float16: 2⁻¹¹ = 5e-4 of each operand. Gradients are scaled, so that none but the very small are lost.
   */
  fp16: 5e-3,
  /**
   * The losses of fifty steps with products of bfloat16, each as a fraction of float32's: an operand is off by at most
   * 2⁻⁹ = 2e-3, up as often as down, so that the first loss, a mean over thousands of products, is off by 1e-6 to 1e-5.
   * From there the two drift apart, by less than 5e-4 here; what is computed wrongly is soon off by 1e-2 and more.
   */
  trainedBf16: 3e-3,
  /** The same with products of float16, which is four times as fine. */
  trainedFp16: 8e-4,
  /** The float64 reference of the op tests against PyTorch's float64, which is stored with nine digits. */
  reference: 1e-8,
  /**
   * A whole model whose weights and activations are rounded to float16: 2⁻¹¹ = 5e-4 for each operand, over a few
   * products that follow one another.
   */
  fp16Export: 5e-3,
  /**
   * A whole model quantised to eight bits: half a step is 1/254 = 4e-3 of the largest value in a column (weights), and
   * 1/510 = 2e-3 of the whole range of an activation, where most values are a fourth of the largest or smaller.
   */
  int8Export: 1e-1,
  /**
   * The perplexity that llama.cpp has with a GGUF file, as a fraction of ours. It looks GELU up in a table of float16, whose inputs
   * are rounded to 2⁻¹¹ = 5e-4, and keeps keys and values as float16; over hundreds of tokens that averages out.
   */
  ggufFloats: 1e-3,
  /** The same with weights of 8 bits: a block of 32 has its own scale, and half a step is 1/254 of its largest value. */
  ggufQ8: 5e-3,
  /** The same with weights of 4 bits: half a step is 1/16 of a block's largest value. */
  ggufQ4: 2e-2,
} as const;
