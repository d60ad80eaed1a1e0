// What happens in each plot, in one sentence. All that is recalled stands in the story, and nothing here is a choice, so a story
// has one summary.

export const summaries = {
  lostToy: '[a] lost a [c] [t], and [b] helped to find it [s3].',
  borrowed: '[a] borrowed a [c] [t] from [b], and it [harm].',
  promise: '[a] promised [g] to [pr], but forgot it{?game: over [game]}.',
  secret: '[a] found a [c] [t] [where] and told [b] about it.',
  mystery: 'Thanks to [clue], [a] found out who had taken the [f2].',
  quarrel: '[a] called [b] [insult], and then they made up.',
  trade: '[a] gave [b] a [c] [t] for a [c2] [t2].',
  race: '[a] ran a race with [b] from [start] to [finish] for a [prize].',
  gift: '[a] made a [c] [t] out of [m] for {?b:[b]|[g]}.',
  newcomer: '[b] came from [far], and [a] became [b.his] friend.',
  hideAndSeek: '[b] hid [s], and [a] found [b.him].',
  skill: '{?g:[g]|[b]} taught [a] how to [sk].',
  fear: '[a] and [b] were afraid of [fear], but went to look together.',
  baking: '[a] and [g] made a [cake] with [ing] from [neigh].',
  wish: '"I wish [w]," said [a] to the [spirit] of the [vessel], and was sorry afterwards.',
  weather: '[a] and [b] wanted to [plan] [plan.place], but [weather].',
  rescue: '[a] saved a [v]{?b: with the help of [b]|{?g: with the help of [g]}}.',
  errand: '[a] went to buy [x1], [x2] and [x3] for [g].',
  lostWay: '[a] got lost, and came home by [l3], [l2] and [l1].',
  garden: '[a] planted [seed] seeds from [g] [where].',
};
