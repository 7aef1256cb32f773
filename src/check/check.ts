/**
 * Checks a spec. Reports all its errors at once, or returns the program with its warnings. Everything is
 * evaluated as far as possible; then the rules run. Teachers and students are evaluated before any loss, so
 * that terms are numbered model by model and layer by layer.
 */
import { type Diagnostic, Reporter, type Sources } from '../diagnostics/diagnostic.ts'
import { moreReports } from '../diagnostics/messages/syntax.ts'
import type { Declaration } from '../syntax/ast.ts'
import { limits } from '../syntax/limits.ts'
import { buildProgram, checkedInstance } from './build-program.ts'
import { type FileScope, type LabelReader, loadFiles, type ParsedFiles } from './files.ts'
import { isComplete } from './instance-settings.ts'
import { applyOverrides } from './overrides.ts'
import type { Program } from './program.ts'
import { rules } from './rules/index.ts'
import { SpecChecker } from './spec-checker.ts'
import type { Reader, SpecFiles } from './spec-files.ts'
import { evaluateStages } from './stages.ts'
import { evaluateSweep, sweptSettings } from './sweep.ts'
import type { Uses } from './uses.ts'
import type { Instance, Value } from './values.ts'

export interface CheckOptions {
  /** `--set name=value` */
  readonly settings?: Readonly<Record<string, string>>
  /** Where the spec is, what it imports, and the library. */
  readonly files: SpecFiles
  /**
   * Returns the text of a file by its path (default: that of `files`). Paths `std/...` are asked for too,
   * before the library of `files`.
   */
  readonly reader?: Reader
  /** Reads the labels of training files. By default no file is read, and their number is not known. */
  readonly readLabels?: LabelReader
  /** Whether a file may be imported though it is outside of the project's folder (default: no). */
  readonly allowOutside?: (path: string) => boolean
  /** What earlier checks have parsed: a file whose text is still the same is not parsed again. */
  readonly parsed?: ParsedFiles
  /** Gets the uses of names. */
  readonly uses?: Uses
}
export interface CheckResult {
  /** Absent where there is any error. */
  readonly program?: Program
  readonly diagnostics: readonly Diagnostic[]
  readonly sources: Sources
  /** The files, imported ones before the files that import them. */
  readonly files: readonly FileScope[]
  /** How long it took. */
  readonly time: CheckTime
}

/** Milliseconds. */
export interface CheckTime {
  /** To read and parse the spec and its imports. */
  readonly parse: number
  readonly check: number
}

/** Checks the spec at `path`. Never throws for what a user wrote. */
export function check(path: string, options: CheckOptions): CheckResult {
  const begun = performance.now()
  const reporter = new Reporter()
  const sources = new Map<string, string>()
  const { files, reader = files.text } = options
  const readLabels = options.readLabels ?? (() => undefined)
  const settings = options.settings ?? {}
  const allowOutside = options.allowOutside ?? (() => false)
  const from = { files, reader, parsed: options.parsed }
  const loaded = loadFiles(path, { ...from, reporter, sources, allowOutside, settings })
  const parsed = performance.now()
  const time = (): CheckTime => ({ parse: parsed - begun, check: performance.now() - parsed })
  if (!loaded) return { diagnostics: reporter.diagnostics, sources, files: [], time: time() }
  const checker = new SpecChecker({
    reporter,
    sources,
    loaded,
    files,
    reader,
    readLabels,
    uses: options.uses,
  })
  applyOverrides(checker, settings)
  const program = checkSpec(checker)
  const diagnostics = firstOf(inOrder(reporter.diagnostics, [...sources.keys()]))
  const found = { diagnostics, sources, files: loaded.files, time: time() }
  return { ...(reporter.failed || !program ? {} : { program }), ...found }
}

/** The first diagnostics, and a note that counts the others. No other code depends on those left out. */
function firstOf(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const more = diagnostics.length - limits.reports
  if (more <= 0) return diagnostics
  return [...diagnostics.slice(0, limits.reports), moreReports({ shown: limits.reports, more })]
}

/** In reading order: the spec first, then its imports, each from top to bottom. */
function inOrder(diagnostics: readonly Diagnostic[], files: readonly string[]): Diagnostic[] {
  const places = new Map(files.map((file, place) => [file, place]))
  const place = ({ span }: Diagnostic) => (span ? (places.get(span.file) ?? -1) : -1)
  return diagnostics.toSorted((a, b) => place(a) - place(b) || (a.span?.start ?? 0) - (b.span?.start ?? 0))
}

/** Undefined where evaluation exceeded its limit. Rules would then only report consequences. */
function checkSpec(checker: SpecChecker): Program | undefined {
  // Settings, data and models first: instances are made of them.
  valuesOf(checker, 'setting', 'data', 'model')
  const instances: Instance[] = []
  for (const value of valuesOf(checker, 'instance', 'copy')) {
    if (value.kind !== 'instance') continue
    instances.push(value.instance)
    checker.instances.set(value.instance.name, value.instance)
  }
  for (const role of ['teacher', 'student'])
    for (const instance of instances) if (instance.role === role) instance.force()
  // A model whose teacher or student has no errors has none itself, and need not be evaluated a second time.
  const complete = new Map(instances.filter(isComplete).map((instance) => [instance.model, instance]))
  const bare = new Map<string, Instance>()
  for (const [name, value] of namedValuesOf(checker, 'model')) {
    if (value.kind !== 'model') continue
    const instance = complete.get(value.model) ?? checker.bareInstance(value.model)
    bare.set(name, instance)
    instance.force()
    if (checker.fuel.out) return undefined
  }
  const maps = valuesOf(checker, 'map').flatMap((value) => (value.kind === 'map' ? [value.map] : []))
  const projections = valuesOf(checker, 'projection').flatMap((value) =>
    value.kind === 'projection' ? [value.projection] : [],
  )
  valuesOf(checker, 'head', 'def', 'loss')
  if (checker.fuel.out) return undefined
  const checked = instances.map((instance) => checkedInstance(checker, instance))
  // Keyed by the name in this spec: two imported files may each declare a `small`.
  const models = [...bare].map(([name, model]) => {
    if (model.role === 'model') checkedInstance(checker, model)
    return { name, parameters: [...model.parameters.values()].filter(({ part }) => part === 'encoder') }
  })
  const parts = evaluateStages(checker, projections)
  const sweep = evaluateSweep(checker)
  for (const rule of rules) rule({ checker, instances: checked, maps, sweep, stages: parts }, checker)
  const stages = parts.flatMap(({ stage }) => stage ?? [])
  return buildProgram(checker, {
    models,
    instances: checked,
    stages,
    maps,
    projections,
    sweep: sweptSettings(sweep),
  })
}

/** The values of all names of these kinds that the spec can use, imported ones included, in order. */
function valuesOf(checker: SpecChecker, ...kinds: Declaration['kind'][]): Value[] {
  return namedValuesOf(checker, ...kinds).map(([, value]) => value)
}

function namedValuesOf(checker: SpecChecker, ...kinds: Declaration['kind'][]): (readonly [string, Value])[] {
  return [...checker.spec.names]
    .filter(([, { declaration }]) => kinds.includes(declaration.kind))
    .map(([name, entry]) => [name, checker.valueOf(entry)] as const)
}
