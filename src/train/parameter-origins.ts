/**
 * The origin of a parameter's initial values, found through all models from which it is copied, averaged or
 * factorized.
 */
import type { InitialValue, ModelInstance, ModelParameter, Program } from '../check/program.ts'
import type { ParameterReference } from '../check/tensor-term.ts'

/** A parameter whose values come from no other model: random, constant or from a checkpoint. */
export interface Origin {
  readonly instance: ModelInstance
  /** The parameter that is stored, after sharing. */
  readonly parameter: ModelParameter
}

/** The parameters of other models from which a value is computed. */
export function initialSources(initial: InitialValue): readonly ParameterReference[] {
  if (initial.kind === 'copy') return [initial.from]
  if (initial.kind === 'mean') return initial.from
  return initial.kind === 'svd' ? [initial.of] : []
}

/** The canonical parameter of a reference. */
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
