/**
 * Tables of published names: the name that another framework gives each parameter of a model
 * (`names huggingface = "bert." { ... }`). Every line must match a binding, or one that `without` removed.
 * `weights/names.ts` applies the tables to checkpoints.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import {
  holeNotWhole,
  publishedNameOfBlock,
  repeatedPublishedName,
  unknownNamedBinding,
} from '../diagnostics/messages/parameters.ts'
import { suggest } from '../diagnostics/suggest.ts'
import type { NamesItem, NamesLine } from '../syntax/ast.ts'
import { parseExpressionText } from '../syntax/build-ast.ts'
import type { Expression, Path, PathComponent, StringLiteral } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import type { Placed } from './model-definition.ts'
import { patternOf } from './path-patterns.ts'
import {
  explainFailure,
  matchesWhole,
  matchPath,
  type PathStep,
  type Pattern,
  pathSteps,
  pathText,
  patternText,
} from './paths.ts'
import type { PublishedName, PublishedNames } from './program.ts'
import { withLocal } from './scope.ts'
import type { BindingPlace, Instance, Scope } from './values.ts'

/** One line with the blocks around it: its full path, and the parts of its name, which dots join. */
interface FlatLine {
  readonly pattern: Pattern
  readonly names: readonly Template[]
  readonly transposed: boolean
  readonly span: Span
}
/** A name with holes: `encoder.layer.{m - 1}`. */
interface Template {
  readonly parts: readonly (string | { readonly hole: Expression; readonly text: string })[]
  /** The names by the values that a match binds: all parameters of a layer have one. */
  readonly filled: Map<string, string | undefined>
}

/** The leaf names of parameters. A line may end with one: `logits.weight -> "decoder.weight"`. */
const leaves = new Set(['weight', 'bias', 'scale', 'left', 'right'])

/** All tables of a model, by format, applied to its parameters as bound. */
export function publishedNames(checker: Checker, instance: Instance): ReadonlyMap<string, PublishedNames> {
  instance.force()
  const tables = new Map<string, PublishedNames>()
  for (const [format, placed] of instance.model.body.names) {
    tables.set(format, table(checker, instance, placed))
  }
  return tables
}

function table(checker: Checker, instance: Instance, { item, file }: Placed<NamesItem>): PublishedNames {
  const scope: Scope = { ...checker.scope(file), block: instance.root }
  const reader = new TableReader(checker, scope)
  const lines = reader.flatten(item.lines.items)
  const headLines = new Map<string, readonly FlatLine[]>()
  for (const line of item.lines.items) {
    if (line.kind === 'head') headLines.set(line.name.text, reader.flatten(line.lines.items))
  }
  const places = placesOf(instance)
  const ofModel = places.filter(({ steps }) => !instance.heads.has(steps[0]?.name ?? ''))
  checkLines(checker, instance.model.name, lines, ofModel)
  for (const [name, { kind }] of instance.heads) {
    const within = places.filter(({ steps }) => steps[0]?.name === name && steps.length > 1)
    const inHead = within.map(({ place, steps }) => ({ place, steps: steps.slice(1) }))
    checkLines(checker, `head ${kind}`, headLines.get(kind) ?? [], inHead)
  }
  const parameters = new Map<string, PublishedName>()
  const taken = new Map<string, { path: string; span: Span }>()
  for (const path of instance.parameters.keys()) {
    const steps = pathSteps(path)
    const head = instance.heads.get(steps[0]?.name ?? '')
    const named = reader.nameOf(
      head ? (headLines.get(head.kind) ?? []) : lines,
      head ? steps.slice(1) : steps,
      path,
    )
    if (named === undefined) continue
    const { name, transposed, span } = named
    parameters.set(path, { name, head: head !== undefined, ...(transposed ? { transposed: true } : {}) })
    if (head) continue
    const earlier = taken.get(name)
    if (earlier === undefined) taken.set(name, { path, span })
    else if (instance.canonical(earlier.path) !== instance.canonical(path)) {
      checker.report(
        repeatedPublishedName({ span, name, first: earlier.path, second: path, firstSpan: earlier.span }),
      )
    }
  }
  return { prefix: item.prefix?.value ?? '', parameters }
}

interface Place {
  readonly place: BindingPlace
  readonly steps: readonly PathStep[]
}

/** Where names are bound, once for all layers. */
function placesOf(instance: Instance): readonly Place[] {
  const places = new Map<string, Place>()
  for (const place of instance.bindings()) {
    const text = `${place.kind} ${place.path.replace(/\[\d+\]/g, '[]')}`
    if (!places.has(text)) places.set(text, { place, steps: anyLayer(pathSteps(place.path)) })
  }
  return [...places.values()]
}

/** `layer[3].ffn` -> `layer[].ffn`: a line applies to a binding in all layers. */
function anyLayer(path: readonly PathStep[]): PathStep[] {
  return path.map(({ name, index }) => (index === undefined ? { name } : { name, index: 'each' }))
}

function checkLines(
  checker: Checker,
  model: string,
  lines: readonly FlatLine[],
  places: readonly Place[],
): void {
  for (const { pattern } of lines) {
    const last = pattern.steps.at(-1)
    const binding = last && leaves.has(last.name) ? pattern.steps.slice(0, -1) : pattern.steps
    const ofBinding: Pattern = { steps: binding, span: pattern.span }
    const removed = places.some(
      ({ place, steps }) =>
        place.kind === 'absent' &&
        ofBinding.steps.length >= steps.length &&
        matchPath({ steps: ofBinding.steps.slice(0, steps.length), span: ofBinding.span }, steps),
    )
    if (removed || places.some(({ steps }) => matchesWhole(ofBinding, steps))) continue
    const failure = explainFailure(
      ofBinding,
      places.map(({ steps }) => steps),
    )
    const step = failure?.step ?? binding.at(-1)
    const known = failure?.kind === 'name' ? failure.known : []
    checker.report(
      unknownNamedBinding({
        span: step?.span ?? pattern.span,
        path: patternText(ofBinding),
        model,
        suggestion: step && suggest(step.name, known),
        known: known.slice(0, 12),
      }),
    )
  }
}

class TableReader {
  private readonly checker: Checker
  private readonly scope: Scope
  private readonly leaf = new Map<string, string>()
  /** The lines for a parameter of any layer, by its path without numbers. */
  private readonly ofAnyLayer = new Map<readonly FlatLine[], Map<string, readonly FlatLine[]>>()

  constructor(checker: Checker, scope: Scope) {
    this.checker = checker
    this.scope = scope
  }

  /** The lines of a block and of nested blocks. Lines that end with a leaf are recorded. */
  flatten(
    lines: readonly NamesLine[],
    outer: readonly PathComponent[] = [],
    names: readonly Template[] = [],
    within = false,
  ): FlatLine[] {
    const flat: FlatLine[] = []
    for (const line of lines) {
      if (line.kind === 'leaf') this.leaf.set(line.name.text, line.to.value)
      if (line.kind !== 'path') continue
      const components = [...outer, ...line.path.components]
      const template = this.template(line.to)
      if (template === undefined) continue
      const inner = [...names, template]
      const transposed = within || line.transposed
      if (line.lines) flat.push(...this.flatten(line.lines.items, components, inner, transposed))
      else {
        const path: Path = { components, span: line.path.span }
        const pattern = patternOf(this.checker, path, this.scope)
        if (pattern) flat.push({ pattern, names: inner, transposed, span: line.path.span })
      }
    }
    return flat
  }

  /** Parses the holes of a name. Undefined after reporting. */
  private template(literal: StringLiteral): Template | undefined {
    const parts: Template['parts'][number][] = []
    const { text, span } = literal
    let at = 1 // after the quote
    for (const match of text.matchAll(/\{([^}]*)\}/g)) {
      const hole = match[1] ?? ''
      const offset = span.start + match.index + 1
      const { expression, diagnostics } = parseExpressionText(span.file, hole, offset)
      if (expression === undefined || diagnostics.length > 0) {
        const place = { file: span.file, start: offset, end: offset + hole.length }
        this.checker.report(holeNotWhole({ span: place, hole, problem: 'is not an expression' }))
        return undefined
      }
      parts.push(text.slice(at, match.index), { hole: expression, text: hole })
      at = match.index + match[0].length
    }
    parts.push(text.slice(at, -1))
    return { parts, filled: new Map() }
  }

  /** The name of a parameter by the longest line that matches it. Among equally long lines the last wins. */
  nameOf(
    lines: readonly FlatLine[],
    steps: readonly PathStep[],
    path: string,
  ): { readonly name: string; readonly transposed: boolean; readonly span: Span } | undefined {
    let best: { line: FlatLine; bindings: ReadonlyMap<string, number> } | undefined
    for (const line of this.candidates(lines, steps)) {
      const match = matchPath(line.pattern, steps)
      if (match === undefined) continue
      if (best && best.line.pattern.steps.length > line.pattern.steps.length) continue
      best = { line, bindings: match.bindings }
    }
    if (best === undefined) return undefined
    const { line, bindings } = best
    const { span, pattern, transposed } = line
    const rest = steps.slice(pattern.steps.length)
    if (rest.length > 1) {
      this.checker.report(publishedNameOfBlock({ span, path: patternText(pattern), parameter: path }))
      return undefined
    }
    const filled = line.names.map((template) => this.fill(template, bindings))
    if (filled.some((part) => part === undefined)) return undefined
    const leaf = rest[0]?.name
    const name = filled.join('.')
    return { name: leaf === undefined ? name : `${name}.${this.leaf.get(leaf) ?? leaf}`, transposed, span }
  }

  private candidates(lines: readonly FlatLine[], steps: readonly PathStep[]): readonly FlatLine[] {
    const known = this.ofAnyLayer.get(lines) ?? new Map<string, readonly FlatLine[]>()
    this.ofAnyLayer.set(lines, known)
    const anywhere = anyLayer(steps)
    const text = pathText(anywhere)
    const found = known.get(text) ?? lines.filter(({ pattern }) => matchPath(pattern, anywhere))
    known.set(text, found)
    return found
  }

  private fill(template: Template, bindings: ReadonlyMap<string, number>): string | undefined {
    const values = [...bindings].join()
    if (!template.filled.has(values)) template.filled.set(values, this.text(template, bindings))
    return template.filled.get(values)
  }

  private text(template: Template, bindings: ReadonlyMap<string, number>): string | undefined {
    let scope = this.scope
    for (const [name, value] of bindings) scope = withLocal(scope, name, { kind: 'number', value })
    let text = ''
    for (const part of template.parts) {
      if (typeof part === 'string') {
        text += part
        continue
      }
      const value = this.checker.number(part.hole, scope, 'hole')
      if (value === undefined) return undefined
      if (!Number.isInteger(value)) {
        const problem = `is ${value} here, not a whole number`
        this.checker.report(holeNotWhole({ span: part.hole.span, hole: part.text, problem }))
        return undefined
      }
      text += String(value)
    }
    return text
  }
}
