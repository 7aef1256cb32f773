/**
 * All parameters that a stage could train, by path: those of teachers and students
 * (`S.layer[1].ffn.up.weight`) and of projections (`W.weight`, `W[1].weight`). `train`, `freeze` and `except`
 * select among them.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import { frozenCopyTrained, notTrainable, partOfShared } from '../diagnostics/messages/stages.ts'
import { emptyException } from '../diagnostics/messages/training.ts'
import { suggest } from '../diagnostics/suggest.ts'
import type { Path } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import { PathIndex } from './path-index.ts'
import { patternOf, reportPatternFailure } from './path-patterns.ts'
import { matchPath, type PathStep, type Pattern, pathSteps, patternText } from './paths.ts'
import { type Projection, parameterKey } from './program.ts'
import type { Scope } from './values.ts'

/** One path of a parameter, and the key of the parameter that is stored. */
interface Place {
  readonly steps: readonly PathStep[]
  readonly text: string
  /** Canonical key. */
  readonly key: string
  readonly owner: string
  readonly span: Span
}

/** A place that a pattern matches. */
interface Matched {
  readonly place: Place
  readonly bindings: ReadonlyMap<string, number>
  /** Another path of the same parameter that the pattern does not match. */
  readonly other: Place | undefined
}

/** The paths that a `train` or `freeze` line selects. Several may be of one parameter. */
export interface Selection {
  readonly places: ReadonlySet<string>
  /** Keys of the parameters that have a path in it. */
  readonly keys: ReadonlySet<string>
  readonly span: Span
}

export class Trainables {
  private readonly checker: Checker
  private readonly places: readonly Place[]
  private readonly index: PathIndex<Place>
  /** The paths of each parameter. */
  private readonly aliases = new Map<string, Place[]>()
  /** What patterns match, by their texts: stages of a family say the same `except` lines. */
  private readonly matched = new Map<string, readonly Matched[]>()
  private readonly families: ReadonlySet<string>
  private readonly owners: readonly string[]

  constructor(checker: Checker, projections: readonly Projection[]) {
    this.checker = checker
    const places: Place[] = []
    const add = (owner: string, path: string, canonical: string, span: Span) => {
      const text = parameterKey({ owner, path })
      const key = parameterKey({ owner, path: canonical })
      places.push({ steps: pathSteps(text), text, key, owner, span })
    }
    for (const [name, instance] of checker.instances) {
      if (instance.copyOf) continue
      instance.force()
      for (const { path, span } of instance.parameters.values())
        add(name, path, instance.canonical(path), span)
    }
    for (const { name, parameters, span } of projections) {
      for (const { path } of parameters) {
        const own = path.startsWith(`${name}.`) ? path.slice(name.length + 1) : path
        const key = own.startsWith(`${name}[`) ? own.slice(name.length) : own
        add(name, key, key, span)
      }
    }
    this.places = places
    this.index = new PathIndex(places)
    for (const place of places) {
      const alike = this.aliases.get(place.key)
      if (alike) alike.push(place)
      else this.aliases.set(place.key, [place])
    }
    this.families = new Set(
      projections.filter(({ indices }) => indices !== undefined).map(({ name }) => name),
    )
    this.owners = [...checker.instances.keys(), ...projections.map(({ name }) => name)]
  }

  /** Canonical keys of all parameters of these owners, in order. */
  keysOf(owners: ReadonlySet<string>): string[] {
    return [...new Set(this.places.filter(({ owner }) => owners.has(owner)).map(({ key }) => key))]
  }

  ownerOf(key: string): string | undefined {
    return this.aliases.get(key)?.[0]?.owner
  }

  /** The selection of a `train` or `freeze` path; undefined after reporting. */
  select(path: Path, scope: Scope): Selection | undefined {
    const pattern = this.pattern(path, scope)
    if (pattern === undefined) return undefined
    const found = this.matches(pattern).map(({ place }) => place)
    if (found.length === 0 && !hasEmptyRange(pattern)) {
      this.reportNothing(pattern)
      return undefined
    }
    const places = new Set(found.map(({ text }) => text))
    return { places, keys: new Set(found.map(({ key }) => key)), span: path.span }
  }

  /**
   * Keys of the parameters that the selections contain with all their paths. Reports a parameter of which
   * only some paths are selected.
   */
  selectedKeys(verb: 'train' | 'freeze', selections: readonly Selection[]): Set<string> {
    const keys = new Set<string>()
    if (selections.length === 0) return keys
    const named = new Set(selections.flatMap(({ places }) => [...places]))
    for (const { key, text } of this.places) {
      if (!named.has(text)) continue
      keys.add(key)
      const other = this.aliases.get(key)?.find((place) => !named.has(place.text))
      const span = other && selections.findLast(({ places }) => places.has(text))?.span
      if (other && span) this.reportPart(verb, text, other, span)
    }
    return keys
  }

  /**
   * Trained parameters that an `except` path selects, with the values of the names that it binds. If the path
   * names a model or projection, to select nothing is an error; `**.bias` may select nothing. If the trained
   * parameters are unknown, all parameters count as trained.
   */
  excepted(
    path: Path,
    scope: Scope,
    stage: string,
    trained: ReadonlySet<string> | undefined,
  ): { readonly key: string; readonly bindings: ReadonlyMap<string, number>; readonly text: string }[] {
    const pattern = this.pattern(path, scope)
    if (pattern === undefined) return []
    const text = patternText(pattern)
    const found = new Map<string, ReadonlyMap<string, number>>()
    const matches = this.matches(pattern)
    for (const { place, bindings, other } of matches) {
      if (trained && !trained.has(place.key)) continue
      if (!found.has(place.key)) found.set(place.key, bindings)
      if (other) this.reportPart('except', place.text, other, path.span)
    }
    const first = pattern.steps[0]?.name
    if (found.size === 0 && first !== '*' && first !== '**' && !hasEmptyRange(pattern)) {
      if (matches.length > 0) this.checker.report(emptyException({ span: path.span, path: text, stage }))
      else this.reportNothing(pattern)
    }
    return [...found].map(([key, bindings]) => ({ key, bindings, text }))
  }

  private matches(pattern: Pattern): readonly Matched[] {
    const text = patternText(pattern)
    const known = this.matched.get(text)
    if (known) return known
    const made = this.index.candidates(pattern).flatMap((place): Matched[] => {
      const match = matchPath(pattern, place.steps)
      if (match === undefined) return []
      const alike = this.aliases.get(place.key) ?? []
      // Most parameters have one path, which matches.
      const other =
        alike.length < 2 ? undefined : alike.find(({ steps }) => matchPath(pattern, steps) === undefined)
      return [{ place, bindings: match.bindings, other }]
    })
    this.matched.set(text, made)
    return made
  }

  private pattern(path: Path, scope: Scope): Pattern | undefined {
    const { checker } = this
    const [first] = path.components
    if (first === undefined) return undefined
    const open = first.name === '*' || first.name === '**'
    if (!open && !this.owners.includes(first.name)) {
      const suggestion = suggest(first.name, this.owners)
      checker.report(notTrainable({ span: first.span, name: first.name, suggestion, known: this.owners }))
      return undefined
    }
    const copy = checker.instance(first.name)?.copyOf
    if (copy) {
      const { instance: of, stage } = copy
      checker.report(frozenCopyTrained({ span: first.span, instance: first.name, of, stage }))
      return undefined
    }
    const pattern = patternOf(checker, path, scope)
    const [head, ...rest] = pattern?.steps ?? []
    if (pattern === undefined || head === undefined) return undefined
    // `train W` selects all members of a family
    if (!this.families.has(head.name) || head.index !== undefined) return pattern
    return { ...pattern, steps: [{ ...head, index: { kind: 'any' } }, ...rest] }
  }

  private reportNothing(pattern: Pattern): void {
    reportPatternFailure(
      this.checker,
      pattern,
      this.places.map(({ steps }) => steps),
    )
  }

  private reportPart(verb: string, named: string, other: Place, span: Span): void {
    const sharedSpan = this.shareLine(other) ?? other.span
    this.checker.report(partOfShared({ span, verb, named, other: other.text, sharedSpan }))
  }

  /** The last `share` line of the model by which this path shares a parameter with others. */
  private shareLine({ owner, steps }: Place): Span | undefined {
    const { checker } = this
    const instance = checker.instance(owner)
    return instance?.model.body.shares.findLast(({ item, file }) => {
      const pattern = patternOf(checker, item.path, { ...checker.scope(file), block: instance.root })
      return pattern !== undefined && matchPath(pattern, steps.slice(1)) !== undefined
    })?.item.span
  }
}

/** `layer[1..m - 1]` selects nothing for m = 1, which is no error. */
function hasEmptyRange(pattern: Pattern): boolean {
  return pattern.steps.some(({ index }) => index?.kind === 'range' && index.to < index.from)
}
