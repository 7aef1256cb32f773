/** The precision of products with weights in the steps of a stage, for models and for projections. */

import type { LowPrecision, Precision } from '../graph/precision.ts'
import type { ModelInstance, Program, Stage } from './program.ts'
import { trainedOwners } from './trained.ts'

/**
 * The precision that `precision = auto` stands for on a machine: of a model that a stage only reads, and of
 * one that it trains.
 */
export interface AutomaticPrecision {
  readonly read: Precision
  readonly trained: Exclude<Precision, 'int8'>
}

const plain: AutomaticPrecision = { read: 'float32', trained: 'float32' }

/** Undefined means float32. */
function precisionIn(
  stage: Stage,
  { name, precision }: ModelInstance,
  automatic: AutomaticPrecision = plain,
): LowPrecision | undefined {
  const own =
    precision === 'auto' ? (trainedOwners(stage).has(name) ? automatic.trained : automatic.read) : precision
  return own === 'float32' ? undefined : own
}

/** The precision of a model that is only read, outside the steps of a stage. Undefined means float32. */
export function readPrecision(
  { precision }: ModelInstance,
  automatic: AutomaticPrecision = plain,
): LowPrecision | undefined {
  const own = precision === 'auto' ? automatic.read : precision
  return own === 'float32' ? undefined : own
}

/** Models of a stage that are not in float32, in the order of the spec. */
export function lowPrecisionModels(
  program: Program,
  stage: Stage,
  automatic?: AutomaticPrecision,
): { readonly instance: ModelInstance; readonly precision: LowPrecision }[] {
  return stage.instances.flatMap((name) => {
    const instance = program.instances.get(name)
    const precision = instance && precisionIn(stage, instance, automatic)
    return instance === undefined || precision === undefined ? [] : [{ instance, precision }]
  })
}

/**
 * The precision of a weight by its owner. A projection belongs to no model. It is in bf16 if all models that
 * the stage trains are, since its values and gradients pass between theirs. Undefined means float32.
 */
export function precisionOfOwner(
  program: Program,
  stage: Stage,
  automatic?: AutomaticPrecision,
): (owner: string) => LowPrecision | undefined {
  const low = lowPrecisionModels(program, stage, automatic)
  const models = new Map(low.map(({ instance, precision }) => [instance.name, precision]))
  const trained = [...trainedOwners(stage)].filter((owner) => program.instances.has(owner))
  const isBf16 = trained.length > 0 && trained.every((owner) => models.get(owner) === 'bf16')
  const projections = isBf16 ? 'bf16' : undefined
  return (owner) => (program.instances.has(owner) ? models.get(owner) : projections)
}
