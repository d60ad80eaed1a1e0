// How far apart the inputs are that a layer sees, and how far all layers together see.

type Reach = { layers: number; kernel: number; dilationCycle: number };

/** Layer i's. */
export function dilationOf({ dilationCycle }: Pick<Reach, 'dilationCycle'>, i: number): number {
  return 2 ** (i % dilationCycle);
}

/** The receptive field: how many tokens, the last included, have a part in what follows. */
export function tokensSeen(config: Reach): number {
  const { layers, kernel } = config;
  let seen = 1;
  for (let i = 0; i < layers; i++) seen += (kernel - 1) * dilationOf(config, i);
  return seen;
}
