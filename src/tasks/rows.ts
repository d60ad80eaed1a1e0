// How many texts are read side by side: enough to be fast, few enough that their logits fit into memory.

/** Of texts of at most `context` tokens, at most `most` of them; their logits are about `floats` at the most. */
export function rowsAtOnce(
  { context, vocabSize }: { context: number; vocabSize: number },
  most: number,
  floats = 2 ** 25,
): number {
  return Math.max(1, Math.min(most, Math.floor(floats / (context * vocabSize))));
}
