/**
 * The limits of a spec. With them, `check` answers any text within a second and 500 MB: beyond a limit it
 * reports a coded error at a place. docs/language.md has the reasons, and a table that a test compares with
 * these numbers.
 */
export const limits = {
  /** Characters of a spec and of what it imports. */
  characters: 500_000,
  /** Words, numbers and signs of a spec and of what it imports. */
  words: 30_000,
  /** Files that a spec reads, itself among them. */
  files: 100,
  /** Nested brackets, signs, powers, conditions, functions and accesses. */
  nesting: 200,
  /** Binary operators of one expression, brackets apart. */
  operators: 10_000,
  /** Items of a list, and members of a range. */
  members: 10_000,
  /** Layers of a repeated block. */
  layers: 1_000,
  /** Nested evaluations: definitions that use definitions. */
  depth: 500,
  /** Calls, names of models and members of sums, each time that they are evaluated. */
  expansions: 40_000,
  /** Stages, members of families counted one by one. */
  stages: 1_000,
  /** Combinations of a sweep. */
  combinations: 1_000,
  /** Errors and warnings that one run reports. */
  reports: 100,
} as const
