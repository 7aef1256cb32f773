/** No model may be initialised from itself, directly or through other models. */
import { initialisedFromItself } from '../../diagnostics/messages/parameters.ts'
import type { InitialValue, ModelInstance } from '../program.ts'
import type { Rule } from './rule.ts'

export const initCycles: Rule = ({ instances }, reporter) => {
  const sources = new Map(instances.map((instance) => [instance.name, sourceInstances(instance)]))
  const reported = new Set<string>()
  for (const { name, span, copyOf } of instances) {
    if (copyOf || reported.has(name)) continue
    const reached = new Set(sources.get(name))
    for (const other of reached) for (const next of sources.get(other) ?? []) reached.add(next)
    if (!reached.has(name)) continue
    reporter.report(initialisedFromItself({ span, instance: name }))
    for (const other of reached) reported.add(other)
  }
}

/** The models from which the parameters of one model are initialised. */
function sourceInstances({ parameters }: ModelInstance): Set<string> {
  return new Set(parameters.flatMap(({ initial }) => ownersOf(initial)))
}

function ownersOf(value: InitialValue): string[] {
  if (value.kind === 'copy') return [value.from.owner]
  if (value.kind === 'mean') return value.from.map(({ owner }) => owner)
  return value.kind === 'svd' ? [value.of.owner] : []
}
