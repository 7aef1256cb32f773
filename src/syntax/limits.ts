/**
 * What a spec may not exceed. Beyond a limit `check` reports a coded error at a place, within a second and
 * 500 MB. The reasons are in docs/language.md, whose table a test compares with these numbers.
 */
export const limits = {
  /** Characters of a spec and of what it imports. */
  characters: 500_000,
  /** Words, numbers and signs of a spec and of what it imports. */
  words: 40_000,
  /** Files that a spec reads, itself among them. */
  files: 100,
  /** Brackets, signs, powers, conditions, functions and accesses that stand in one another. */
  nesting: 200,
  /** Binary operators of one expression, brackets apart. */
  operators: 10_000,
  /** Items of a list, and members of a range. */
  members: 10_000,
  /** Layers of a repeated block. */
  layers: 1_000,
  /** Expressions that are evaluated inside one another: definitions that use definitions. */
  depth: 500,
  /** Calls, names of models and members of sums, each as often as it is evaluated. */
  expansions: 50_000,
  /** Stages, members of families counted one by one. */
  stages: 1_000,
  /** Combinations of a sweep. */
  combinations: 1_000,
  /** Errors and warnings that one run reports. */
  reports: 100,
} as const
