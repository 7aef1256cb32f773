/**
 * The class of transformers that a model can be exported as, known from its spec before training. Heads,
 * sizes and shapes are compared as in `export`. The operations are compared as they are written, not by
 * values.
 */
import type { ModelInstance } from '../check/program.ts'
import type { SpecFiles } from '../check/spec-files.ts'
import type { Term, TermOperation } from '../check/tensor-term.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { listed } from '../train/format.ts'
import { ParameterStore } from '../train/parameters.ts'
import { describeConfig } from '../weights/transformers/config.ts'
import { families } from '../weights/transformers/families.ts'
import { classProgram, folderPlan, nameOf } from './class-program.ts'
import { classWeights } from './class-weights.ts'
import { type ClassOfModel, configOf, copiedDecoder, headsOfFolders, type Wanted } from './describe.ts'
import { comparedTaps } from './same-answers.ts'
import { isTransparent } from './transparent.ts'

export interface Exportable {
  /**
   * `BertForSequenceClassification`, or `BertForX (task), BertForY (answer)` if each head has a folder; null
   * if no class of transformers computes the same as the model.
   */
  readonly class: string | null
  /** The reason why there is none. */
  readonly why: string | null
  /** A class of other published code that computes the same: `distill export --class NAME`. */
  readonly elsewhere: string | null
}

/** @param files the library is read from them */
export function exportable(instance: ModelInstance, files: SpecFiles): Exportable {
  const parts = headsOfFolders(instance).map((heads) => ({ heads, ...asClass(instance, files, { heads }) }))
  const failed = parts.find(({ why }) => why !== null)
  const [only] = parts
  if (parts.length > 1 || only === undefined) {
    const names = parts.map((part) => `${part.class} (${part.heads.join(', ')})`)
    return { class: failed ? null : names.join(', '), why: failed?.why ?? null, elsewhere: null }
  }
  const found = { class: only.class, why: only.why }
  if (found.why === null) return { ...found, elsewhere: null }
  const others = families.flatMap(({ classes }) => classes.filter(({ elsewhere }) => elsewhere !== undefined))
  const elsewhere = others.find(({ name }) => asClass(instance, files, { modelClass: name }).why === null)
  return { ...found, elsewhere: elsewhere?.name ?? null }
}

/**
 * `S can be exported as BertForMaskedLM`, or why it cannot. Models of which the same is to be said are in one
 * line.
 * @param models by name
 */
export function exportLines(models: Iterable<readonly [string, Exportable]>): string[] {
  const groups = new Map<string, { readonly names: string[]; readonly one: Exportable }>()
  for (const [name, one] of models) {
    const key = JSON.stringify([one.class, one.why, one.elsewhere])
    const group = groups.get(key) ?? { names: [], one }
    group.names.push(name)
    groups.set(key, group)
  }
  return [...groups.values()].map(({ names, one: { class: modelClass, why, elsewhere } }) => {
    const [first = '', ...others] = names
    if (modelClass !== null) return `${listed(names)} can be exported as ${modelClass}`
    const other = elsewhere === null ? '' : ` (--class ${elsewhere} would do)`
    const same = others.length === 0 ? '' : `; the same holds for ${listed(others)}`
    return `${first} cannot be exported for transformers: ${why}${other}${same}`
  })
}

/** @param named the class to export as; by default the one of transformers */
function asClass(
  instance: ModelInstance,
  files: SpecFiles,
  wanted: Wanted,
): Pick<Exportable, 'class' | 'why'> {
  try {
    const plan = folderPlan(instance, wanted)
    const { known } = plan
    const name = nameOf(plan)
    const config = configOf(instance, known, {
      vocabulary: { padding: 0, classify: 0, separate: 0 },
      labels: undefined,
    })
    const description = describeConfig(config, 'config.json')
    const target = classProgram(instance, known, description, { files, folder: 'export' }).instance
    // Compares shapes. Values are read only when they are written.
    classWeights(instance, target, new ParameterStore(), { known, padding: 0 })
    const tap = firstWrittenOtherwise(instance, target, known)
    return tap === undefined
      ? { class: name, why: null }
      : { class: null, why: `\`${tap}\` is written otherwise than in ${name}` }
  } catch (error) {
    const [first] = error instanceof DiagnosticError ? error.diagnostics : []
    if (first === undefined) throw error
    return { class: null, why: first.message.replace(`${instance.name} cannot be exported: `, '') }
  }
}

/** The first tap, in the order of computation, that two models compute by different operations. */
function firstWrittenOtherwise(
  own: ModelInstance,
  target: ModelInstance,
  known: ClassOfModel,
): string | undefined {
  const comparison = new Comparison(own, target, known)
  return comparedTaps(own, target).find((tap) => {
    const [a, b] = [own.taps.get(tap), target.taps.get(tap)]
    return a === undefined || b === undefined || !comparison.alike(a, b)
  })
}

class Comparison {
  private readonly known = new Map<string, boolean>()
  /** Path of a parameter in the class -> the path of the model's parameter that is stored. */
  private readonly canonical: ReadonlyMap<string, string>

  /** Embeddings with zeros at padding, whose row of the table export makes zero. */
  private readonly masked: Term | undefined

  constructor(own: ModelInstance, target: ModelInstance, known: ClassOfModel) {
    const paths = new Set(target.parameters.map(({ path }) => path))
    const canonical = new Map(
      own.parameters
        .filter(({ path }) => paths.has(path) || path.endsWith('.left') || path.endsWith('.right'))
        .map(({ path, canonical: first }) => [path, first]),
    )
    const copied = copiedDecoder(own, known)
    if (copied !== undefined) canonical.set(copied, 'embedding.word.weight')
    this.canonical = canonical
    this.masked = known.masksPadding ? own.taps.get('embedding.live') : undefined
  }

  alike(own: Term, target: Term): boolean {
    const key = `${own.id} ${target.id}`
    const known = this.known.get(key)
    if (known !== undefined) return known
    const result = this.compare(own, target)
    this.known.set(key, result)
    return result
  }

  private compare(own: Term, target: Term): boolean {
    const [a, b] = [own.operation, target.operation]
    const [first, second] = own.inputs
    if (isTransparent(a) && first) return this.alike(first, target)
    if (own === this.masked && second) return this.alike(second, target)
    const inner = this.withoutNeutral(target)
    if (inner) return this.alike(own, inner)
    if (b.op === 'parameter') return this.holds(own, b.parameter.path)
    return (
      operationText(a) === operationText(b) &&
      own.inputs.length === target.inputs.length &&
      own.inputs.every((input, k) => {
        const other = target.inputs[k]
        return other !== undefined && this.alike(input, other)
      })
    )
  }

  /**
   * A term of the class without operations that have no effect: dropout, and parameters that the model lacks
   * and export makes neutral.
   */
  private withoutNeutral({ operation, inputs }: Term): Term | undefined {
    const [first, second] = inputs
    if (isTransparent(operation)) return first
    const lacks = (term: Term | undefined, path: string): boolean =>
      term?.operation.op === 'parameter' && term.operation.parameter.path === path && !this.has(path)
    if (operation.op === 'linear' && lacks(second, 'input.weight')) return first
    const isType = (term: Term | undefined): boolean => {
      const inside = term && isTransparent(term.operation) ? term.inputs[0] : term
      return inside?.operation.op === 'lookup' && lacks(inside.inputs[1], 'embedding.type.weight')
    }
    if (operation.op !== 'binary' || operation.name !== '+') return undefined
    return isType(second) ? first : isType(first) ? second : undefined
  }

  private has(path: string): boolean {
    return this.canonical.has(path) || this.canonical.has(path.replace(/\.weight$/, '.left'))
  }

  /** Whether a term of the model is the parameter `path` of the class, shared or factorized or neither. */
  private holds({ operation, inputs }: Term, path: string): boolean {
    if (operation.op === 'parameter') return this.canonical.get(path) === operation.parameter.path
    return (
      operation.op === 'compose' &&
      (['left', 'right'] as const).every((side, k) => {
        const factor = inputs[k]?.operation
        const own = this.canonical.get(path.replace(/\.weight$/, `.${side}`))
        return factor?.op === 'parameter' && factor.parameter.path === own
      })
    )
  }
}

/** The settings of an operation. A row whose look-up has no gradient is ignored. */
function operationText(operation: TermOperation): string {
  return JSON.stringify(operation.op === 'lookup' ? { op: 'lookup' } : operation)
}
