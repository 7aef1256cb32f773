/**
 * All contradictions between a spec and its files, as `check` and `train` report them. `train` reads
 * completely what its stages need. `check` reads all files that the spec names, of large ones the beginning,
 * and trains no tokenizer.
 */

import type { ModelInstance, Program } from '../check/program.ts'
import { readWordVectors } from '../data/augmentation/word-vectors.ts'
import { findFiles } from '../data/find-files.ts'
import type { Tokenizer } from '../data/tokenizer/tokenizer.ts'
import { type Diagnostic, DiagnosticError } from '../diagnostics/diagnostic.ts'
import { inSeveralFiles } from '../diagnostics/several-files.ts'
import { requireCheckpoints, requireFitting } from './checkpoints.ts'
import type { RunPlan } from './run-plan.ts'
import { untrainedTeachers } from './untrained-teachers.ts'
import { requireAgreement } from './weight-folders.ts'

/** Reads data. Each function throws DiagnosticError for errors in it. */
export interface InputReader {
  /** Throws E0801 with every missing file of these blocks. */
  requireFiles(names: readonly string[]): void
  read(name: string): void
  /**
   * Number of training examples of a block; undefined if it is not known, or is at least `enough`. Blocks
   * with errors are left out.
   */
  examples(name: string, enough: number): number | undefined
  /** The tokenizer of a block; undefined if it has to be trained first. */
  tokenizer(name: string): Tokenizer | undefined
}

export interface Inputs {
  readonly program: Program
  readonly plan: RunPlan
  /** Names of the data blocks that are read. */
  readonly data: readonly string[]
  /** The models to initialise. With random weights none of them reads a file. */
  readonly instances: readonly ModelInstance[]
  readonly randomWeights: boolean
  /**
   * Refuse untrained models that teach (E0511). False if other runs have trained them, or nothing is trained.
   */
  readonly requireTrained: boolean
  /** Bytes. Of smaller checkpoints the values are read, too. */
  readonly weightLimit?: number
  readonly reader: InputReader
}

export function inputProblems(inputs: Inputs): readonly Diagnostic[] {
  const { program, plan, data, reader } = inputs
  const problems = new Problems()
  if (inputs.requireTrained) problems.attempt(() => throwAll(untrainedTeachers(program, plan.stages)))
  problems.attempt(() => reader.requireFiles(data))
  const missing = problems.all.length > 0
  if (!inputs.randomWeights) problems.attempt(() => requireCheckpoints(inputs.instances))
  const wrong = new Set(data)
  for (const name of data) {
    // Missing files of all blocks are reported already.
    const untold = ({ code }: Diagnostic): boolean => !(missing && code === 'E0801')
    problems.attempt(() => {
      reader.read(name)
      wrong.delete(name)
    }, untold)
    const vectors = program.data.get(name)?.augment?.vectors
    if (vectors && findFiles(vectors.path).length > 0) problems.attempt(() => readWordVectors(vectors))
  }
  if (!inputs.randomWeights) compareWeights(inputs, problems)
  problems.attempt(() =>
    plan.checkBatches((name, enough) => (wrong.has(name) ? undefined : reader.examples(name, enough))),
  )
  return problems.all
}

/**
 * If the labels, the vocabulary or the config.json of a folder contradict the spec, other shapes of its
 * tensors are usually a consequence. Then they are not reported as well.
 */
function compareWeights({ program, plan, instances, weightLimit, reader }: Inputs, problems: Problems): void {
  const before = problems.all.length
  problems.attempt(() =>
    requireAgreement(program, instances, plan.stages, ({ name }) => reader.tokenizer(name)),
  )
  const told = problems.all.slice(before).map(({ span }) => JSON.stringify(span))
  problems.attempt(
    () => requireFitting(program, instances, weightLimit),
    ({ span }) => !told.includes(JSON.stringify(span)),
  )
}

function throwAll(diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.length > 0) throw new DiagnosticError(...diagnostics)
}

/**
 * Collects thrown diagnostics. Equal ones at the same place count once, since blocks share files and
 * tokenizers.
 */
class Problems {
  private readonly found = new Map<string, [Diagnostic, ...Diagnostic[]]>()

  attempt(action: () => unknown, counts: (diagnostic: Diagnostic) => boolean = () => true): void {
    try {
      action()
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error
      for (const diagnostic of error.diagnostics.filter(counts)) this.add(diagnostic)
    }
  }

  /** A column that is missing in several files is misspelt once, in the spec. */
  private add(diagnostic: Diagnostic): void {
    const { code, span, message } = diagnostic
    const key = JSON.stringify(code === 'E0802' ? { code, span } : diagnostic)
    const known = this.found.get(key)
    if (known === undefined) this.found.set(key, [diagnostic])
    else if (!known.some((one) => one.message === message)) known.push(diagnostic)
  }

  get all(): readonly Diagnostic[] {
    return [...this.found.values()].map((same) => (same.length > 1 ? inSeveralFiles(same) : same[0]))
  }
}
