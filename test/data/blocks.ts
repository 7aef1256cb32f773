/** Data blocks for tests, as the checker would make them. */
import type { DataSpec, Program, Stage } from '../../src/check/program.ts'
import { TermFactory } from '../../src/check/terms.ts'

export const span = { file: 'test.distill', start: 0, end: 1 }

export function block(parts: Partial<DataSpec> & { name: string }): DataSpec {
  return {
    format: 'by-extension',
    text: { kind: 'column', column: 'sentence', span },
    tokenizer: { kind: 'wordpiece', size: 120, lowercase: true, data: parts.name, span },
    vocabulary: { name: `vocabulary ${parts.name}`, anonymous: false },
    maxLength: 16,
    pad: 'longest',
    group: 'length',
    span,
    ...parts,
  }
}

export function programOf(...specs: readonly DataSpec[]): Program {
  return {
    file: 'test.distill',
    sources: new Map(),
    settings: new Map(),
    sweep: [],
    models: new Map(),
    instances: new Map(),
    maps: new Map(),
    projections: new Map(),
    data: new Map(specs.map((spec) => [spec.name, spec])),
    stages: [],
  }
}

/** A stage of which a test sets what it needs. */
export const unusedStage: Stage = {
  name: 'stage',
  minimize: new TermFactory().number(0, span),
  terms: [],
  trained: [],
  unreached: [],
  training: new Set(),
  instances: [],
  projections: [],
  batch: 2,
  normalise: 'batch',
  additive: true,
  continueOptimizer: false,
  evaluate: [],
  targets: new Map(),
  span,
}

export const file = (path: string) => ({ path, span })
/** The files of a split. */
export const files = (...paths: readonly string[]) => paths.map(file)
export const classes = (...labels: readonly string[]) =>
  ({ kind: 'class', column: 'label', labels, span }) as const
