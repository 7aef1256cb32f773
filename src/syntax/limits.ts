/**
 * What a spec may not exceed. `check` then answers any text within a second and 500 MB: beyond a limit it reports a coded error at a place. The reasons are in
 * docs/language.md, whose table a test compares with these numbers.
 */
export const limits = {
  /** Characters of one file. */
  characters: 500_000,
  /** Files that a spec reads, itself among them. */
  files: 100,
  /** Brackets, signs, powers, conditions, functions and accesses that stand in one another. */
  nesting: 200,
  /** Binary operators of one expression, brackets apart. */
  operators: 10_000,
  /** Items of a list, and members of a range. */
  members: 10_000,
  /** Layers of a repeated block. */
  layers: 2_000,
  /** Expressions that are evaluated inside one another: definitions that use definitions. */
  depth: 500,
  /** Calls, names of models and members of sums, each as often as it is evaluated. */
  expansions: 250_000,
  /** Stages, members of families counted one by one. */
  stages: 1_000,
  /** Combinations of a sweep. */
  combinations: 1_000,
  /** Errors and warnings that one run reports. */
  reports: 100,
} as const
