/**
 * Where the first values of a parameter come from, through all models that it is copied from, averaged over
 * or factorized from.
 */
import type { InitialValue, ModelInstance, ModelParameter, Program } from '../check/program.ts'
import type { ParameterReference } from '../check/tensor-term.ts'

/** A parameter whose values come from no other model: drawn, filled or read from a checkpoint. */
export interface Origin {
  readonly instance: ModelInstance
  /** The one that holds it after sharing. */
  readonly parameter: ModelParameter
}

/** The parameters of other models that a value is made from. */
export function initialSources(initial: InitialValue): readonly ParameterReference[] {
  if (initial.kind === 'copy') return [initial.from]
  if (initial.kind === 'mean') return initial.from
  return initial.kind === 'svd' ? [initial.of] : []
}

/** The canonical parameter that a reference means. */
export function parameterAt({ instances }: Program, { owner, path }: ParameterReference): Origin | undefined {
  const instance = instances.get(owner)
  const bound = instance?.parameters.find((one) => one.path === path)
  const parameter = instance?.parameters.find((one) => one.path === bound?.canonical)
  return instance && parameter && { instance, parameter }
}

export function originsOf(program: Program, reference: ParameterReference): readonly Origin[] {
  const found = parameterAt(program, reference)
  if (found === undefined) return []
  const sources = initialSources(found.parameter.initial)
  return sources.length === 0 ? [found] : sources.flatMap((source) => originsOf(program, source))
}
