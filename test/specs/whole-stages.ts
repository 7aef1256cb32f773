/**
 * The stages whose graphs and plans are kept whole (test/golden/{graph,gradient,optimized,plan}); of all others a table of ops is (stage-table.ts). They are
 * short, and together have what a spec can have:
 */
export const wholeStages: readonly string[] = [
  // One layer shared by all, a factorized embedding, a tied decoder, rows of masked tokens only.
  'albert_mlm.plain',
  // A frozen teacher computed once an example, a mean over tokens, a classifier, a temperature, batches of a data set.
  'demo.distil',
  // Matrices as products of two narrow ones, the pooler, a softened and a state loss in a weighted sum.
  'low-rank.distil',
  // Relations of queries, keys and values: contractions of activations, softmaxes under masks.
  'minilm.v2',
  // Spans, and losses that count padding (`where any`).
  'squad_second_step.plain',
  // A layer map, two projections, attention scores and states of all layers.
  'two-projections.distil',
]
