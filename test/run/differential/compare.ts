/**
 * A spec, one step of it taken in several ways that must agree: the float64 reference without passes, the same with all of them, and backends, each with the
 * passes that it has kernels for.
 */
import { createReferenceRunner } from '../../../src/backends/reference/runner.ts'
import { divergenceOps, fusedOps } from '../../../src/graph/ops/fused.ts'
import { ops } from '../../../src/graph/ops/index.ts'
import { compileStage, type StageGraphs, type StageOptions } from '../../../src/lower/stage.ts'
import { byteMasks } from '../../../src/optimize/pass.ts'
import type { Runner } from '../../../src/run/runner.ts'
import { type BatchResult, evaluateBatch } from '../../../src/train/step.ts'
import { batchOf, drawnStore, programOf } from '../../lower/spec-run.ts'
import type { RandomSpec } from './random-spec.ts'

export interface Way {
  readonly name: string
  readonly runner: Runner
}

export interface Comparison {
  /** What does not agree, one line each; empty where all is well. */
  readonly differences: readonly string[]
  /** Passes that changed a graph of the reference. */
  readonly passes: readonly string[]
}

/** How far apart two results may be: a part of what is compared, and of the whole gradient where a parameter's own is small. */
interface Tolerance {
  readonly loss: number
  readonly gradient: number
  readonly whole: number
}
/** Gradients leave the evaluator as float32. */
const float64: Tolerance = { loss: 1e-9, gradient: 3e-7, whole: 1e-9 }
const float32: Tolerance = { loss: 1e-4, gradient: 2e-3, whole: 1e-4 }

/** Fused ops and masks in bytes are evaluated by the reference, too, so that their passes are tested on it. */
const everything = new Set<string>([...fusedOps, ...divergenceOps, byteMasks])
/** Bytes: so few that everything is computed again that can be. */
const noMemory = 1

export function compareWays(spec: RandomSpec, ways: readonly Way[]): Comparison {
  const program = programOf({ text: spec.text })
  const [stage] = program.stages
  if (!stage) throw new Error('no stage')
  const store = drawnStore(program, 0.5)
  const reference = createReferenceRunner(ops)
  const evaluate = (runner: Runner, options: StageOptions): { graphs: StageGraphs; result: BatchResult } => {
    const graphs = compileStage(program, stage, { ...options, dropout: spec.dropout })
    const result = evaluateBatch(
      { stage, graphs, store, runner },
      [batchOf(spec.lengths, { vocabulary: spec.vocabulary, classes: spec.classes, L: spec.padded })],
      { seed: spec.seed, stage: stage.name, step: 3 },
      { progress: spec.progress, step: 3, epoch: 0 },
    )
    for (const graph of [graphs.step, graphs.counts]) runner.forget?.(graph)
    return { graphs, result }
  }
  const plain = evaluate(reference, { passes: 'none' })
  const memory = spec.recompute ? noMemory : undefined
  // Models whole, so that there is something to drop that no loss reads.
  const passed = evaluate(reference, { memory, capabilities: everything, keepUnread: true })
  const others = ways.map(({ name, runner }) => {
    const capabilities = runner.capabilities ?? new Set<string>()
    const { result } = evaluate(runner, { capabilities })
    return differences(name, plain.result, result, float32)
  })
  return {
    differences: [
      ...differences('reference with all passes', plain.result, passed.result, float64),
      ...others.flat(),
    ],
    passes: passed.graphs.applied.flatMap(({ name, changed }) => (changed ? [name] : [])),
  }
}

function differences(way: string, expected: BatchResult, found: BatchResult, tolerance: Tolerance): string[] {
  const losses = [...expected.terms, ['total', expected.total] as const].flatMap(([name, value]) => {
    const other = name === 'total' ? found.total : (found.terms.get(name) ?? Number.NaN)
    const isNear = Math.abs(value - other) <= tolerance.loss * (1 + Math.abs(value))
    return isNear ? [] : [`${way}: ${name} is ${other}, not ${value}`]
  })
  const norm = Math.hypot(...[...expected.gradients.values()].map((gradient) => normOf(gradient)))
  const gradients = [...expected.gradients].flatMap(([key, gradient]) => {
    const other = found.gradients.get(key)
    const apart = normOf(gradient.map((x, i) => x - (other?.[i] ?? Number.NaN)))
    const isNear = apart <= tolerance.gradient * normOf(gradient) + tolerance.whole * norm + 1e-12
    return isNear ? [] : [`${way}: gradient ${key} is ${apart} off, of ${normOf(gradient)}`]
  })
  const lost = [...found.gradients.keys()].filter((key) => !expected.gradients.has(key))
  return [...losses, ...gradients, ...lost.map((key) => `${way}: a gradient ${key} that was not asked for`)]
}

function normOf(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0))
}
