/** rematerialize: where it acts and where it does not, and that steps which make values again give the same bits. */
import { describe, expect, it } from 'vitest'
import { createRunner } from '../../../src/backends/index.ts'
import { translate } from '../../../src/backends/onnxruntime/translate.ts'
import { fusedOps } from '../../../src/graph/ops/fused.ts'
import { compileStage, type StageGraphs } from '../../../src/lower/stage.ts'
import { eliminateCommonSubexpressions } from '../../../src/optimize/passes/eliminate-common-subexpressions.ts'
import { foldConstants } from '../../../src/optimize/passes/fold-constants.ts'
import { rematerialize, rematerializing } from '../../../src/optimize/passes/rematerialize.ts'
import { scheduleStep } from '../../../src/plan/plan.ts'
import { evaluateBatch } from '../../../src/train/step.ts'
import { batchOf, prepare, programOf } from '../../lower/spec-run.ts'
import { standingOf } from '../../required.ts'
import { passContext } from '../context.ts'

const root = new URL('../../..', import.meta.url).pathname
const every: ReadonlySet<string> = new Set(fusedOps)
const without = { disabled: new Set([rematerialize.name]) }

function stageOf(spec: string) {
  const program = programOf({ path: root + spec })
  const [stage] = program.stages
  if (stage === undefined) throw new Error(`${spec} has no stage`)
  return { program, stage }
}

describe('at published size', () => {
  const { program, stage } = stageOf('bench/torch/tinybert.distill')
  const sizes = { B: 32, L: 128, R: 32 * 128 }
  const [kept, again] = [without, undefined].map((passes) =>
    compileStage(program, stage, { capabilities: every, ...(passes ? { passes } : {}) }),
  )
  const made = again?.step.nodes.filter(({ inputs }) => inputs.some(({ op }) => op === 'again')) ?? []

  it('makes masked shares, activations and layer norms again, each where the way back has got to it', () => {
    expect(new Set(made.map(({ op }) => op))).toEqual(
      new Set(['gather_positions', 'gelu', 'layer_norm', 'multiply']),
    )
    const [before, after] = [kept, again].map((graphs) => graphs && scheduleStep(graphs.step, sizes))
    expect(after?.peak).toBeLessThan(0.8 * (before?.peak ?? 0))
    const order = after?.lifetimes.nodes ?? []
    const cotangent = order.findIndex(({ op }) => op === 'contract_activation_gradient')
    const [first = -1] = order.flatMap((node, i) =>
      made.includes(node) && node.op === 'multiply' ? [i] : [],
    )
    expect(first).toBeGreaterThan(cotangent)
    expect(cotangent).toBeGreaterThan(0)
  })

  it('is not undone by passes that make equal nodes one', () => {
    const step = again?.step
    if (step === undefined) throw new Error('no step')
    expect(eliminateCommonSubexpressions.run(step, passContext([], every))).toBe(step)
    expect(foldConstants.run(step, passContext([], every))).toBe(step)
  })

  it('is not undone by the translation to ONNX', () => {
    const gelus = (graphs: StageGraphs | undefined): number => {
      if (graphs === undefined) throw new Error('no step')
      const { model } = translate(graphs.step, { held: () => undefined, sizes })
      return model.nodes.filter(({ op }) => op === 'Gelu').length
    }
    expect(gelus(again) - gelus(kept)).toBe(4)
  })
})

it('leaves small models alone, where an operation more costs as much as a product', () => {
  const { program } = stageOf('specs/demo.distill')
  for (const stage of program.stages) {
    const { applied } = compileStage(program, stage, { capabilities: every })
    expect(applied.find(({ name }) => name === rematerialize.name)?.changed).toBe(false)
  }
})

const specs = ['test/recipes/pkd.distill', 'test/reference/tinybert_general.distill']

describe.each(['reference', 'cpu', 'wasm', 'native', 'onnxruntime'] as const)('on %s', (backend) => {
  it.each(specs)('%s has the same losses and gradients, to the last bit, and dropout', async (spec) => {
    if (backend !== 'reference' && (await standingOf(backend)).kind === 'skipped') return
    const runner = await createRunner(backend)
    const { program, stage } = stageOf(spec)
    const passes = { disabled: new Set([rematerialize.name, 'donate-buffers', 'fuse-optimizer']) }
    const graphs = compileStage(program, stage, { passes, capabilities: runner.capabilities ?? new Set() })
    const context = { ...passContext(), sizes: { B: 3, L: 7, R: 32 } }
    const step = rematerializing({ rate: 0, least: 0 }).run(graphs.step, context)
    expect(step.nodes.filter(({ op }) => op === 'again').length).toBeGreaterThan(1)
    const prepared = prepare(program, stage, runner)
    const batch = batchOf([7, 4, 6], { vocabulary: 30, classes: 2 })
    const random = { seed: 0, stage: stage.name, step: 2 }
    const [a, b] = [graphs.step, step].map((one) =>
      evaluateBatch(
        {
          ...prepared,
          graphs: { ...graphs, step: { ...one, donates: true } },
          counter: prepare(program, stage).runner,
        },
        [batch],
        random,
        { progress: 0.5, step: 2, epoch: 0 },
      ),
    )
    expect(Number.isFinite(a?.total)).toBe(true)
    expect(b).toEqual(a)
    runner.dispose()
  })
})
