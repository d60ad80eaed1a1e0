// The edit distance as a measure of a text against its reference; what it computes is also how misspelt names are guessed.
export { editDistance } from '../base/edit-distance.ts';
