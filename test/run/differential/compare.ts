/**
 * A spec, one step of it taken in several ways that must agree: the float64 reference without passes, the same with all of them, and backends, each with the
 * passes that it has kernels for.
 */
import { createReferenceRunner } from '../../../src/backends/reference/runner.ts'
import type { Program, Stage } from '../../../src/check/program.ts'
import type { Batch } from '../../../src/data/dataset.ts'
import { divergenceOps, fusedOps } from '../../../src/graph/ops/fused.ts'
import { ops } from '../../../src/graph/ops/index.ts'
import { compileStage, type StageGraphs } from '../../../src/lower/stage.ts'
import type { StageOptions } from '../../../src/lower/stage-options.ts'
import { byteMasks } from '../../../src/optimize/pass.ts'
import { chunking } from '../../../src/optimize/passes/chunk-vocabulary-loss.ts'
import { rematerializing } from '../../../src/optimize/passes/rematerialize.ts'
import { pipeline } from '../../../src/optimize/pipeline.ts'
import type { Runner } from '../../../src/run/runner.ts'
import type { ParameterStore } from '../../../src/train/parameters.ts'
import { type BatchResult, evaluateBatch, trainStep } from '../../../src/train/step.ts'
import { stepInputs } from '../../../src/train/step-inputs.ts'
import { applyUpdate, type OptimizerState, releaseState } from '../../../src/train/update.ts'
import { block } from '../../data/blocks.ts'
import { batchOf, drawnStore, programOf } from '../../lower/spec-run.ts'
import type { RandomSpec } from './random-spec.ts'

export interface Way {
  readonly name: string
  readonly runner: Runner
}

export interface Comparison {
  /** What does not agree, one line each; empty where all is well. */
  readonly differences: readonly string[]
  /** Passes that changed a graph of the reference or of a backend. */
  readonly passes: readonly string[]
  /** Whether the batch was taken in parts. */
  readonly inParts: boolean
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
/** Passes that act on large values only, with limits that values of these models reach: any loss over classes is cut in two. */
const eager = pipeline.map((pass) =>
  pass.name === 'chunk-vocabulary-loss'
    ? chunking({ wideRow: 0, smallWide: 0, smallShare: 0, fewestRows: 256 })
    : pass.name === 'rematerialize'
      ? rematerializing({ rate: 0, least: 0 })
      : pass,
)
const withoutSearch = new Set(['rematerialize'])
/** Texts that are seen so often that each value which is computed once pays. */
const texts = block({ name: 'texts' })
const manyEpochs = { unit: 'epochs', amount: 1e9 } as const

export function compareWays(spec: RandomSpec, ways: readonly Way[]): Comparison {
  const { dropout } = spec
  const program = programOf({ text: spec.text })
  const [stage] = program.stages
  if (!stage?.optimizer) throw new Error('no stage with an optimizer')
  const store = drawnStore(program, 0.5)
  const random = { seed: spec.seed, stage: stage.name, step: 3 }
  const moment = { progress: spec.progress, step: 3, epoch: 0 }
  const inParts = spec.inParts && stage.additive
  const reference = createReferenceRunner(ops)
  const changed = new Set<string>()
  const compile = (of: Program, at: Stage, options: StageOptions): StageGraphs => {
    const graphs = compileStage(of, at, { ...options, dropout })
    for (const { name, changed: did } of graphs.applied) if (did) changed.add(name)
    return graphs
  }
  const evaluate = (runner: Runner, graphs: StageGraphs, batches: readonly Batch[]): BatchResult => {
    const given = batches.map((batch) => withFrozen(batch, graphs, runner, store))
    return evaluateBatch({ stage, graphs, store, runner }, given, random, moment)
  }
  const forget = (runner: Runner, { step, counts, frozen }: StageGraphs): void => {
    for (const graph of [step, counts, ...(frozen ? [frozen.graph] : [])]) runner.forget?.(graph)
  }

  const written = compile(program, stage, { passes: 'none' })
  const whole = batchesOf(spec, 1, written)
  const batches = inParts ? batchesOf(spec, 2, written) : whole
  const plain = evaluate(reference, written, whole)
  const cached = spec.caches
    ? ([
        { ...program, data: new Map([[texts.name, texts]]) },
        { ...stage, data: texts.name, budget: manyEpochs },
      ] as const)
    : ([program, stage] as const)
  const passed = compile(...cached, {
    memory: spec.recompute ? noMemory : undefined,
    capabilities: everything,
    // Models whole, so that there is something to drop that no loss reads.
    keepUnread: true,
    hoist: spec.caches,
    pipeline: eager,
    passes: { disabled: spec.rematerialize ? new Set() : withoutSearch },
  })
  const found = [
    ...differences('reference with all passes', plain, evaluate(reference, passed, batches), float64),
  ]
  const updated = spec.updates ? drawnStore(program, 0.5) : undefined
  // What has no gradient but rounding is moved by rounding: LAMB gives each parameter a step of its own size.
  const norm = normOf(...plain.gradients.values())
  const felt = stage.trained.filter(
    (key) => normOf(plain.gradients.get(key) ?? new Float32Array()) > 1e-3 * norm,
  )
  if (updated) applyUpdate(stage.optimizer, updated, new Map(), new Map(plain.gradients), moment, norm)
  for (const { name, runner } of ways) {
    const graphs = compile(program, stage, { capabilities: runner.capabilities ?? new Set<string>() })
    found.push(...differences(name, plain, evaluate(runner, graphs, batches), float32))
    if (updated) {
      const own = drawnStore(program, 0.5)
      const state: OptimizerState = new Map()
      trainStep({ stage, graphs, store: own, runner }, stage.optimizer, state, batches, random, moment)
      found.push(...weightDifferences(name, felt, [store, updated, own]))
      releaseState(state)
      own.dispose()
    }
    forget(runner, graphs)
  }
  return { differences: found, passes: [...changed], inParts }
}

/** The batch of a spec in parts of nearly equal size; each is padded as a run pads it. */
function batchesOf(spec: RandomSpec, parts: number, { readsPadding }: StageGraphs): readonly Batch[] {
  const { lengths, vocabulary, classes, padded } = spec
  const size = Math.ceil(lengths.length / parts)
  const ids = lengths.map((_, id) => id)
  return Array.from({ length: Math.ceil(lengths.length / size) }, (_, k) => {
    const own = lengths.slice(k * size, (k + 1) * size)
    const L = parts === 1 || readsPadding ? padded : Math.max(...own)
    return batchOf(own, { vocabulary, classes, L, ids: ids.slice(k * size, (k + 1) * size) })
  })
}

/** The batch with what the step reads of frozen models, computed by their own graph. */
function withFrozen(batch: Batch, { frozen }: StageGraphs, runner: Runner, store: ParameterStore): Batch {
  if (!frozen) return batch
  const { sizes, inputs } = stepInputs(batch, [], { progress: 0, step: 0, epoch: 0 })
  const random = { seed: 0, stage: '', step: 0 }
  const values = runner.run(frozen.graph, { sizes, inputs, parameter: store.get, random })
  return { ...batch, inputs: new Map([...batch.inputs, ...values]) }
}

function differences(way: string, expected: BatchResult, found: BatchResult, tolerance: Tolerance): string[] {
  const losses = [...expected.terms, ['total', expected.total] as const].flatMap(([name, value]) => {
    const other = name === 'total' ? found.total : (found.terms.get(name) ?? Number.NaN)
    const isNear = Math.abs(value - other) <= tolerance.loss * (1 + Math.abs(value))
    return isNear ? [] : [`${way}: ${name} is ${other}, not ${value}`]
  })
  const norm = normOf(...expected.gradients.values())
  const gradients = [...expected.gradients].flatMap(([key, gradient]) => {
    const other = found.gradients.get(key)
    const apart = normOf(gradient.map((x, i) => x - (other?.[i] ?? Number.NaN)))
    const isNear = apart <= tolerance.gradient * normOf(gradient) + tolerance.whole * norm + 1e-12
    return isNear ? [] : [`${way}: gradient ${key} is ${apart} off, of ${normOf(gradient)}`]
  })
  const lost = [...found.gradients.keys()].filter((key) => !expected.gradients.has(key))
  return [...losses, ...gradients, ...lost.map((key) => `${way}: a gradient ${key} that was not asked for`)]
}

/** Weights before an update, as they should be after it, and as they are. */
type Weights = readonly [before: ParameterStore, expected: ParameterStore, found: ParameterStore]

function weightDifferences(way: string, keys: readonly string[], stores: Weights): string[] {
  return keys.flatMap((key) => {
    const [before, expected, found] = stores.map((store) => store.get(key).read())
    if (!before || !expected || !found) return [`${way}: no weight ${key}`]
    const step = normOf(expected.map((x, i) => x - (before[i] ?? Number.NaN)))
    const apart = normOf(expected.map((x, i) => x - (found[i] ?? Number.NaN)))
    const isNear = apart <= 1e-2 * step + 1e-6 * normOf(expected)
    return isNear ? [] : [`${way}: ${key} is ${apart} off after an update of ${step}`]
  })
}

function normOf(...all: readonly Float32Array[]): number {
  return Math.sqrt(all.reduce((sum, values) => values.reduce((own, x) => own + x * x, sum), 0))
}
