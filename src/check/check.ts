/**
 * Checks a spec. Reports all its errors at once, or returns the program with its warnings. Everything is
 * evaluated as far as possible; then the rules run. Teachers and students are evaluated before any loss, so
 * that terms are numbered model by model and layer by layer.
 */
import { type Diagnostic, Reporter, type Sources } from '../diagnostics/diagnostic.ts'
import { moreReports } from '../diagnostics/messages/syntax.ts'
import { limits } from '../syntax/limits.ts'
import { buildProgram } from './build-program.ts'
import { type FileScope, type LabelReader, loadFiles, type ParsedFiles } from './files.ts'
import { Inputs } from './inputs.ts'
import { type CheckedModels, checkModels, KeptModels, valuesOf } from './models.ts'
import { applyOverrides } from './overrides.ts'
import type { Program } from './program.ts'
import { rules } from './rules/index.ts'
import { SpecChecker, type SpecCheckerOptions } from './spec-checker.ts'
import type { Reader, SpecFiles } from './spec-files.ts'
import { evaluateStages } from './stages.ts'
import { evaluateSweep, sweptSettings } from './sweep.ts'
import { Uses } from './uses.ts'

type CheckStart = Pick<SpecCheckerOptions, 'reporter' | 'sources' | 'files' | 'inputs'>

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
  /**
   * The models of earlier checks, by spec: they are taken over where nothing has changed that they have read.
   * Not with `settings` or `readLabels`.
   */
  readonly models?: Map<string, KeptModels>
  /** For a check of what might be: nothing is added to `parsed` or `models`, or taken over from `models`. */
  readonly isTrial?: boolean
  /** Whether the result has the uses of names. */
  readonly uses?: boolean
}
export interface CheckResult {
  /** Absent where there is any error. */
  readonly program?: Program
  readonly diagnostics: readonly Diagnostic[]
  readonly sources: Sources
  /** The files, imported ones before the files that import them. */
  readonly files: readonly FileScope[]
  /** Where names are used, if they are asked for. */
  readonly uses?: Uses
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
  const { files: specFiles, reader = specFiles.text } = options
  const settings = options.settings ?? {}
  const allowOutside = options.allowOutside ?? (() => false)
  const from = { files: specFiles, reader, parsed: options.parsed, isTrial: options.isTrial }
  const loaded = loadFiles(path, { ...from, reporter, sources, allowOutside, settings })
  const parsed = performance.now()
  const time = (): CheckTime => ({ parse: parsed - begun, check: performance.now() - parsed })
  if (!loaded) return { diagnostics: reporter.diagnostics, sources, files: [], time: time() }
  const start = { reporter, sources, files: specFiles, inputs: new Inputs(loaded, reader, reporter) }
  const { checker, models, kept } = begin(path, start, options)
  const program = models && checkSpec(checker, models)
  if (kept?.isChanged) {
    // Something of the models was evaluated only now, so they are not what another check would begin with.
    options.models?.delete(path)
    const { models: _, ...alone } = options
    return check(path, alone)
  }
  const { files } = loaded
  const { uses } = checker
  const diagnostics = firstOf(inOrder(reporter.diagnostics, [...sources.keys()]))
  return {
    ...(reporter.failed || !program ? {} : { program }),
    ...{ diagnostics, sources, files, time: time() },
    ...(uses ? { uses } : {}),
  }
}

interface Begun {
  /** For the rest of the check. */
  readonly checker: SpecChecker
  readonly models: CheckedModels | undefined
  readonly kept?: KeptModels
}

/** Checks the models, or takes those of an earlier check that has read the same. */
function begin(path: string, start: CheckStart, options: CheckOptions): Begun {
  const { settings = {}, readLabels = () => undefined } = options
  const { reporter } = start
  const make = (inputs: Inputs, base?: SpecChecker): SpecChecker => {
    const uses = options.uses ? new Uses(base?.uses) : undefined
    return new SpecChecker({ ...start, readLabels, inputs, uses, base })
  }
  // With other settings than are written, models are others.
  if (!options.models || options.isTrial || Object.keys(settings).length > 0) {
    const checker = make(start.inputs)
    applyOverrides(checker, settings)
    return { checker, models: checkModels(checker) }
  }
  const earlier = options.models.get(path)
  if (earlier?.inputs.sameAs(start.inputs)) {
    for (const diagnostic of earlier.diagnostics) reporter.report(diagnostic)
    return { checker: make(start.inputs, earlier.checker), models: earlier.models, kept: earlier }
  }
  options.models.delete(path)
  const before = reporter.diagnostics.length
  const inputs = start.inputs.recorded()
  const checker = make(inputs)
  const models = checkModels(checker)
  const diagnostics = reporter.diagnostics.slice(before)
  if (!models || diagnostics.some(({ severity }) => severity === 'error')) return { checker, models }
  const kept = new KeptModels({ inputs, checker, models, diagnostics })
  options.models.set(path, kept)
  return { checker: make(start.inputs, checker), models, kept }
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
function checkSpec(checker: SpecChecker, models: CheckedModels): Program | undefined {
  checker.orderData(valuesOf(checker, ['data']))
  valuesOf(checker, ['setting', 'head', 'def', 'loss'])
  if (checker.fuel.out) return undefined
  const { instances, maps, projections } = models
  const parts = evaluateStages(checker, projections)
  const sweep = evaluateSweep(checker)
  for (const rule of rules) rule({ checker, instances, maps, sweep, stages: parts }, checker)
  const stages = parts.flatMap(({ stage }) => stage ?? [])
  return buildProgram(checker, { ...models, stages, sweep: sweptSettings(sweep) })
}
