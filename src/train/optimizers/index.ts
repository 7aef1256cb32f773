/** Every optimizer of the language, by its name there. */
import type { OptimizerSpec } from '../../check/program.ts'
import { adam } from './adam.ts'
import { adamw } from './adamw.ts'
import { bertAdam } from './bert-adam.ts'
import { lamb } from './lamb.ts'
import type { Optimizer } from './optimizer.ts'
import { sgd } from './sgd.ts'

export const optimizers: { readonly [Kind in OptimizerSpec['kind']]: Optimizer } = {
  adamw,
  adam,
  sgd,
  bert_adam: bertAdam,
  lamb,
}
