/**
 * The files that `check` opens: all that a spec names, of large ones the beginning. It makes no model. It
 * trains a tokenizer only on little text, if `partial = drop` needs the number of examples.
 */
import { statSync } from 'node:fs'
import type { DataSpec, Program } from '../check/program.ts'
import { filesOf, type SplitName, splitNames } from '../check/splits.ts'
import { fewExamples } from '../data/count-examples.ts'
import { isLarger } from '../data/file-part.ts'
import { findFiles } from '../data/find-files.ts'
import { eachSplit, requireFiles } from '../data/read-texts.ts'
import { type Leak, leakLines, leaksOf } from '../data/repeats.ts'
import type { TextRow } from '../data/rows/form.ts'
import { rowForm } from '../data/rows/index.ts'
import type { Tokenizer } from '../data/tokenizer/tokenizer.ts'
import { openTokenizers, requireTrainable, type Tokenizers, trainedOn } from '../data/vocabularies.ts'
import { type Diagnostic, DiagnosticError } from '../diagnostics/diagnostic.ts'
import { throwTogether } from '../diagnostics/throw-together.ts'
import { checkpointBytes, checkpointsOf } from './checkpoints.ts'
import { formatBytes } from './format.ts'
import { type InputReader, inputProblems } from './input-problems.ts'
import { RunPlan } from './run-plan.ts'

/** Bytes of a file that are read. */
const readLimit = 64 * 2 ** 20

export interface CheckedInputs {
  readonly diagnostics: readonly Diagnostic[]
  /** A line for each file that was read only in part. */
  readonly remarks: readonly string[]
}

/**
 * Finds errors in the files of a spec or of a sweep. A data block that does not depend on the sweep is read
 * once.
 */
export class InputCheck {
  private readonly limit: number
  /** Texts in two splits, by data block. */
  private readonly leaks = new Map<string, readonly Leak[]>()
  /** By the content of the data block. */
  private readonly known = new Map<string, number | DiagnosticError | undefined>()

  constructor(limit = readLimit) {
    this.limit = limit
  }

  check(program: Program): CheckedInputs {
    const plan = wholeStages(program)
    const instances = [...program.instances.values()]
    const diagnostics = inputProblems({
      program,
      plan,
      data: [...program.data.keys()],
      instances,
      randomWeights: false,
      requireTrained: true,
      weightLimit: this.limit,
      reader: this.readerOf(program),
    })
    return { diagnostics, remarks: this.remarks(program) }
  }

  private readerOf(program: Program): InputReader {
    const tokenizers = openTokenizers(program)
    const specOf = (name: string): DataSpec => {
      const spec = program.data.get(name)
      if (!spec) throw new RangeError(`no data block ${name}`)
      return spec
    }
    const tokenizer = (name: string): Tokenizer | undefined => {
      const spec = specOf(name)
      return spec.tokenizer.kind === 'folder' ? tokenizers.of(spec) : undefined
    }
    return {
      requireFiles: (names) => requireFiles(names.map(specOf)),
      read: (name) => void this.read(program, specOf(name), tokenizers),
      examples: (name, enough) => {
        const spec = specOf(name)
        if (rowForm(spec).oneExample) return this.read(program, spec, tokenizers)
        return fewExamples(program, spec, tokenizers, { enough, limit: this.limit })
      },
      tokenizer,
    }
  }

  private read(program: Program, spec: DataSpec, tokenizers: Tokenizers): number | undefined {
    const key = JSON.stringify([spec, trainedOn(program, spec)])
    if (!this.known.has(key)) this.known.set(key, this.result(program, spec, tokenizers))
    const result = this.known.get(key)
    if (result instanceof DiagnosticError) throw result
    return result
  }

  private result(
    program: Program,
    spec: DataSpec,
    tokenizers: Tokenizers,
  ): number | DiagnosticError | undefined {
    try {
      return this.count(program, spec, tokenizers)
    } catch (error) {
      if (error instanceof DiagnosticError) return error
      throw error
    }
  }

  /** Rows of the training files, if all are read. */
  private count(program: Program, spec: DataSpec, tokenizers: Tokenizers): number | undefined {
    const { limit } = this
    const how = { limit, divisions: tokenizers.divisions }
    let rows: number | undefined
    const small = bytesOf(spec) <= limit
    const texts = new Map<SplitName, readonly TextRow[]>()
    throwTogether(
      () =>
        eachSplit(
          spec,
          splitNames,
          (split, from) => {
            if (small) texts.set(split, from.rows(split))
            const count = texts.get(split)?.length ?? from.count(split)
            if (split === 'train' && isWhole(spec, split, limit)) rows = count
          },
          how,
        ),
      () => {
        if (spec.tokenizer.kind === 'folder') tokenizers.of(spec)
      },
    )
    requireTrainable(program, spec, how)
    this.leaks.set(spec.name, leaksOf(texts))
    return rows
  }

  private remarks({ data, instances }: Program): string[] {
    const { limit } = this
    const texts = [...data.values()].flatMap((spec) =>
      splitNames
        .flatMap((split) => filesOf(spec, split))
        .flatMap(({ path }) => findFiles(path))
        .filter((file) => isLarger(file, limit))
        .map((file) => {
          const size = formatBytes(statSync(file).size)
          return spec.label?.kind === 'span'
            ? `${file}: JSON of ${size}, which can only be read whole, was not read; train reads it before its first step`
            : `${file}: the first ${formatBytes(limit)} of ${size} were read; ${theRest}`
        }),
    )
    const places = new Set([...instances.values()].flatMap(checkpointsOf).map(({ path }) => path))
    const weights = [...places].flatMap((path) => {
      const size = checkpointBytes(path)
      return size > limit ? [`${path}: names and shapes were read, of ${formatBytes(size)}; ${theRest}`] : []
    })
    const leaks = leakLines([...this.leaks].map(([name, own]) => ({ data: name, leaks: own })))
    return [...new Set([...texts, ...weights, ...leaks])]
  }
}

function bytesOf(spec: DataSpec): number {
  const files = splitNames.flatMap((split) => filesOf(spec, split).flatMap(({ path }) => findFiles(path)))
  return files.reduce((sum, file) => sum + statSync(file).size, 0)
}

/** Whether all files of a split are read to their ends. */
function isWhole(spec: DataSpec, split: SplitName, limit: number): boolean {
  const files = filesOf(spec, split).flatMap(({ path }) => findFiles(path))
  return files.every((file) => !isLarger(file, limit))
}

const theRest = 'train reads the rest before its first step'

/** The stages that `train` would run, without those that lack a setting. */
function wholeStages(program: Program): RunPlan {
  const whole = program.stages.filter(({ data, budget, optimizer }) => data && budget && optimizer)
  return new RunPlan(
    program,
    whole.map(({ name }) => name),
  )
}
