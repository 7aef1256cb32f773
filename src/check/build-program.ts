/** Builds the checked program from the checker's values: plain data, without syntax trees. */
import type { Span } from '../diagnostics/diagnostic.ts'
import type { Checker } from './checker.ts'
import { initialValues } from './init.ts'
import { instanceSettings, isComplete } from './instance-settings.ts'
import { publishedNames } from './names.ts'
import type {
  ModelInstance as CheckedInstance,
  DeclaredModel,
  InitialValue,
  LayerMap,
  Program,
  Projection,
  PublishedNames,
  Stage,
  SweptSetting,
} from './program.ts'
import type { Term } from './tensor-term.ts'
import type { Instance, Value } from './values.ts'

/**
 * One instance as the program has it, with the sources of its parameters and its published names. Reports
 * errors in both.
 */
export function checkedInstance(checker: Checker, instance: Instance): CheckedInstance {
  // A model with errors lacks parameters. Errors about paths to them would be consequences.
  const sound = isComplete(instance)
  const initial = sound ? initialValues(checker, instance) : new Map<string, InitialValue>()
  const names = sound ? publishedNames(checker, instance) : new Map<string, PublishedNames>()
  const { taps, settings, functions, bindings } = tapsAndSettings(instance)
  const { name, role, model, copyOf, heads, span } = instance
  const layers = instance.root.get('layers')
  const vocabulary = instance.root.get('vocabulary')
  const zeros: InitialValue = { kind: 'zeros' }
  return {
    name,
    role,
    model: model.name,
    parameters: [...instance.parameters.values()].map((parameter) => ({
      ...parameter,
      initial: initial.get(parameter.path) ?? zeros,
    })),
    ...(layers?.kind === 'number' ? { layers: layers.value } : {}),
    taps,
    heads: new Map([...heads].map(([head, { kind, span: place }]) => [head, { kind, span: place }])),
    settings,
    functions,
    bindings,
    names,
    ...(vocabulary?.kind === 'labels' ? { vocabulary: vocabulary.identity } : {}),
    ...instanceSettings(checker, instance),
    ...(instance.vocabulary ? { vocabulary: instance.vocabulary } : {}),
    ...(copyOf ? { copyOf: { instance: copyOf.instance, stage: copyOf.stage } } : {}),
    span,
  }
}

interface Bound {
  readonly taps: Map<string, Term>
  readonly settings: Map<string, number>
  readonly functions: Map<string, string>
  readonly bindings: Map<string, Span>
}

function tapsAndSettings(instance: Instance): Bound {
  const taps = new Map<string, Term>()
  const settings = new Map<string, number>()
  const functions = new Map<string, string>()
  const bindings = new Map<string, Span>()
  const note = (path: string, value: Value | undefined) => {
    if (value?.kind === 'term') taps.set(path, value.term)
    else if (value?.kind === 'number') settings.set(path, value.value)
    else if (value?.kind === 'labels' && !value.identity.unknown) settings.set(path, value.size)
    else if (value?.kind === 'builtin') functions.set(path, value.name)
  }
  for (const { path, value, span } of instance.bindings()) {
    note(path, value)
    if (!path.includes('.') && (settings.has(path) || functions.has(path))) bindings.set(path, span)
  }
  for (const { item } of instance.model.body.taps) {
    const value = instance.root.get(item.name.text)
    if (value?.kind !== 'taps') continue
    for (const index of value.taps.indices()) note(`${item.name.text}[${index}]`, value.taps.at(index))
  }
  return { taps, settings, functions, bindings }
}

export interface ProgramParts {
  readonly models: readonly DeclaredModel[]
  readonly instances: readonly CheckedInstance[]
  readonly stages: readonly Stage[]
  readonly maps: readonly LayerMap[]
  readonly projections: readonly Projection[]
  readonly sweep: readonly SweptSetting[]
}

export function buildProgram(checker: Checker, parts: ProgramParts): Program {
  const byName = <Item extends { readonly name: string }>(items: readonly Item[]) =>
    new Map(items.map((item) => [item.name, item]))
  const settings = new Map<string, string | number | boolean>()
  for (const [name, entry] of checker.spec.names) {
    if (entry.declaration.kind !== 'setting') continue
    const value = checker.valueOf(entry)
    if (value.kind === 'number' || value.kind === 'string' || value.kind === 'boolean')
      settings.set(name, value.value)
  }
  return {
    file: checker.spec.file,
    sources: checker.sources,
    settings,
    sweep: parts.sweep,
    models: byName(parts.models),
    instances: byName(parts.instances),
    maps: byName(parts.maps),
    projections: byName(parts.projections),
    data: new Map([...checker.data].map(([declaration, spec]) => [declaration.name.text, spec])),
    stages: parts.stages,
  }
}
