/**
 * The initial value of each parameter: by `init` lines of the model and of the teacher or student, with
 * `weights = X` before the latter. The last matching line wins. Parameters without a line have defaults.
 * `init-sources.ts` evaluates the sources.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import { nothingInitialised, twoSources } from '../diagnostics/messages/parameters.ts'
import type { InitLine, SetEntry } from '../syntax/ast.ts'
import type { Expression } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import { describeSource, readSource } from './init-sources.ts'
import { PathIndex } from './path-index.ts'
import { patternOf, reportPatternFailure } from './path-patterns.ts'
import { matchPath, type PathMatch, type PathStep, type Pattern, pathSteps, patternText } from './paths.ts'
import type { InitialValue } from './program.ts'
import type { Instance, OwnedParameter, Scope } from './values.ts'

/** A line with the scope of its source. */
interface Line {
  readonly pattern: Pattern
  readonly source: Expression
  readonly scope: Scope
  readonly span: Span
  /** Whether the line is in the model. Such a line may match nothing after `without`. */
  readonly ofModel: boolean
}

/**
 * The initial value of every parameter, by its path as bound. All aliases of a shared parameter have the same
 * one.
 */
export function initialValues(checker: Checker, instance: Instance): ReadonlyMap<string, InitialValue> {
  instance.force()
  const { copyOf } = instance
  if (copyOf) {
    return new Map(
      [...instance.parameters.keys()].map((path) => [
        path,
        { kind: 'copy', from: { owner: copyOf.instance, path: instance.canonical(path) } },
      ]),
    )
  }
  const winners = winningLines(checker, instance)
  const found = new Map<string, { value: InitialValue; path: string; line: Line }>()
  const values = new Map<string, InitialValue>()
  for (const [path, parameter] of instance.parameters) {
    const winner = winners.get(path)
    if (winner === undefined) continue
    const value = readSource(checker, instance, parameter, winner.line, winner.match)
    if (value === undefined) continue
    const canonical = instance.canonical(path)
    const earlier = found.get(canonical)
    if (earlier === undefined) found.set(canonical, { value, path, line: winner.line })
    else if (describeSource(earlier.value) !== describeSource(value)) {
      checker.report(
        twoSources({
          span: winner.line.span,
          first: earlier.path,
          second: path,
          firstSource: describeSource(earlier.value),
          secondSource: describeSource(value),
          firstSpan: earlier.line.span,
        }),
      )
    }
  }
  for (const [path, parameter] of instance.parameters) {
    values.set(path, found.get(instance.canonical(path))?.value ?? defaultValue(parameter))
  }
  return values
}

/** Biases start at 0, scales at 1, matrices at a normal distribution with BERT's standard deviation. */
function defaultValue({ kind }: OwnedParameter): InitialValue {
  if (kind === 'bias') return { kind: 'zeros' }
  if (kind === 'scale') return { kind: 'ones' }
  return { kind: 'normal', deviation: 0.02 }
}

function winningLines(
  checker: Checker,
  instance: Instance,
): ReadonlyMap<string, { readonly line: Line; readonly match: PathMatch }> {
  const winners = new Map<string, { line: Line; match: PathMatch }>()
  const paths = new PathIndex(
    [...instance.parameters.keys()].map((path) => ({ path, steps: pathSteps(path) })),
  )
  for (const line of initLines(checker, instance)) {
    let hit = false
    for (const { path, steps } of paths.candidates(line.pattern)) {
      const match = matchPath(line.pattern, steps)
      if (match === undefined) continue
      // Heads belong to a teacher or student: a line of the model must reach a parameter of the model.
      hit ||= !line.ofModel || instance.parameters.get(path)?.part !== 'heads'
      winners.set(path, { line, match })
    }
    if (!hit) reportUnmatched(checker, instance, line)
  }
  return winners
}

function reportUnmatched(checker: Checker, instance: Instance, { pattern, ofModel }: Line): void {
  const inside = (path: string): boolean => !(ofModel && instance.heads.has(pathSteps(path)[0]?.name ?? ''))
  const bindings = instance.bindings().filter(({ path }) => inside(path))
  const matching = bindings.filter(({ path }) => matchPath(pattern, pathSteps(path)))
  if (ofModel && matching.some(({ kind }) => kind === 'absent')) return
  const everything: PathStep[][] = [
    ...[...instance.parameters.keys()].filter(inside),
    ...bindings.map(({ path }) => path),
  ].map((path) => pathSteps(path))
  if (reportPatternFailure(checker, pattern, everything)) return
  checker.report(nothingInitialised({ span: pattern.span, path: patternText(pattern), model: instance.name }))
}

/** All lines, from the weakest to the strongest. */
function initLines(checker: Checker, instance: Instance): Line[] {
  const lines: Line[] = []
  const add = (line: Pick<InitLine, 'path' | 'source'>, scope: Scope, ofModel: boolean) => {
    const pattern = patternOf(checker, line.path, scope)
    if (pattern) lines.push({ pattern, source: line.source, scope, span: line.path.span, ofModel })
  }
  for (const { item, file } of instance.model.body.inits) {
    const scope: Scope = { ...checker.scope(file), block: instance.root }
    for (const line of item.lines.items) add(line, scope, true)
  }
  const entries = instance.declaration?.body.items ?? []
  const scope = checker.scope(instance.file)
  const weights = entries.find(
    (entry): entry is SetEntry => entry.kind === 'set' && entry.name.text === 'weights',
  )
  if (weights) {
    const { span } = weights.value
    add({ path: { components: [{ name: '**', span }], span }, source: weights.value }, scope, false)
  }
  for (const entry of entries) {
    if (entry.kind !== 'init') continue
    for (const line of entry.lines.items) add(line, scope, false)
  }
  return lines
}
