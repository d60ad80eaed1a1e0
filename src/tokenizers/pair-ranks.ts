// In which order pairs of tokens are merged, and what each makes.

/** Above every id that we accept, and small enough that left · MAX_IDS + right is exact. */
export const MAX_IDS = 2 ** 20;

/** left · MAX_IDS + right → the rank of the merge of the two: the id of the token that they make, unless said otherwise. */
export type Pairs = ReadonlyMap<number, number>;
/** The ids of the tokens that merges make, by rank. */
export type Made = ArrayLike<number>;
