/**
 * The list of rules: requirements between several lines of a spec. Its order is that of a stage: initial
 * values, loss, data, trained parameters, settings, metrics; warnings last. Reports are sorted by place, so
 * the order decides only which of two equal reports stays.
 */
import { additive } from './additive.ts'
import { answersWithoutTraining } from './answers-without-training.ts'
import { completeStages } from './complete-stages.ts'
import { continuedOptimizers } from './continued-optimizers.ts'
import { copiesInTime } from './copies-in-time.ts'
import { functionNames } from './function-names.ts'
import { initCycles } from './init-cycles.ts'
import { int8 } from './int8.ts'
import { metrics } from './metrics.ts'
import { microbatches } from './microbatches.ts'
import { proposals } from './proposals.ts'
import { randomStarts } from './random-starts.ts'
import type { Rule } from './rule.ts'
import { swappedLosses } from './swapped-losses.ts'
import { sweeps } from './sweeps.ts'
import { tables } from './tables.ts'
import { targets } from './targets.ts'
import { trainLines } from './train-lines.ts'
import { trainsSomething } from './trains-something.ts'
import { vocabularies } from './vocabularies.ts'

export const rules: readonly Rule[] = [
  functionNames,
  sweeps,
  answersWithoutTraining,
  initCycles,
  copiesInTime,
  targets,
  vocabularies,
  tables,
  microbatches,
  additive,
  trainsSomething,
  int8,
  completeStages,
  continuedOptimizers,
  proposals,
  metrics,
  swappedLosses,
  trainLines,
  randomStarts,
]
