/** Data blocks for tests, as the checker would make them. */
import type { DataSpec, Program } from '../../src/check/program.ts'

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
    models: new Map(),
    instances: new Map(),
    maps: new Map(),
    projections: new Map(),
    data: new Map(specs.map((spec) => [spec.name, spec])),
    stages: [],
  }
}

export const file = (path: string) => ({ path, span })
export const classes = (...labels: readonly string[]) =>
  ({ kind: 'class', column: 'label', labels, span }) as const
