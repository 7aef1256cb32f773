/**
 * Everything that is wrong between a spec and the files that it names, at once: what `check` and `train`
 * report.
 * They differ in how they read. `train` reads what its stages need, whole. `check` reads all that the spec
 * names,
 * of large files the beginning, and trains no tokenizer.
 */

import type { ModelInstance, Program } from '../check/program.ts'
import { readWordVectors } from '../data/augmentation/word-vectors.ts'
import { findFiles } from '../data/find-files.ts'
import type { Tokenizer } from '../data/tokenizer/tokenizer.ts'
import { type Diagnostic, DiagnosticError } from '../diagnostics/diagnostic.ts'
import { requireCheckpoints, requireFitting } from './checkpoints.ts'
import type { RunPlan } from './run-plan.ts'
import { requireAgreement } from './weight-folders.ts'

/** How data is read. Each function throws DiagnosticError for what is wrong with it. */
export interface InputReader {
  /** E0801 with every file of these blocks that is missing. */
  requireFiles(names: readonly string[]): void
  /** Reads a block; gives how many training examples it has, undefined where they are not counted. */
  read(name: string): number | undefined
  /** Undefined where it would have to be trained first. */
  tokenizer(name: string): Tokenizer | undefined
}

export interface Inputs {
  readonly program: Program
  readonly plan: RunPlan
  /** Names of the data blocks that are read. */
  readonly data: readonly string[]
  /** The models that start; none of them reads a file where their weights are random. */
  readonly instances: readonly ModelInstance[]
  readonly randomWeights: boolean
  /** Bytes: the values of smaller checkpoints are read too. */
  readonly weightLimit?: number
  readonly reader: InputReader
}

export function inputProblems(inputs: Inputs): readonly Diagnostic[] {
  const { program, plan, data, reader } = inputs
  const problems = new Problems()
  problems.attempt(() => reader.requireFiles(data))
  const missing = problems.all.length > 0
  if (!inputs.randomWeights) problems.attempt(() => requireCheckpoints(inputs.instances))
  const examples = new Map<string, number | undefined>()
  for (const name of data) {
    // The files of all blocks that are missing have been told.
    const untold = ({ code }: Diagnostic): boolean => !(missing && code === 'E0801')
    problems.attempt(() => examples.set(name, reader.read(name)), untold)
    const vectors = program.data.get(name)?.augment?.vectors
    if (vectors && findFiles(vectors.path).length > 0) problems.attempt(() => readWordVectors(vectors))
  }
  if (!inputs.randomWeights) compareWeights(inputs, problems)
  problems.attempt(() => plan.checkBatches((name) => examples.get(name)))
  return problems.all
}

/**
 * Where the labels, the vocabulary or the config.json of a folder contradict the spec, that its tensors have other
 * shapes is mostly a consequence: it is not reported as well.
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

/**
 * Collects what is thrown; the same at the same place counts once, since blocks share files and tokenizers.
 */
class Problems {
  private readonly found = new Map<string, Diagnostic>()

  attempt(action: () => unknown, counts: (diagnostic: Diagnostic) => boolean = () => true): void {
    try {
      action()
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error
      for (const diagnostic of error.diagnostics.filter(counts)) this.add(diagnostic)
    }
  }

  /** A column that several files lack is misspelt once, in the spec. */
  private add(diagnostic: Diagnostic): void {
    const { code, span } = diagnostic
    const key = JSON.stringify(code === 'E0802' ? { code, span } : diagnostic)
    if (!this.found.has(key)) this.found.set(key, diagnostic)
  }

  get all(): readonly Diagnostic[] {
    return [...this.found.values()]
  }
}
