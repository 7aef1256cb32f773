/** recompute: what it does to a graph at several limits, and that steps which compute values again give the same bits. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createRunner } from '../../../src/backends/index.ts'
import type { Graph } from '../../../src/graph/graph.ts'
import { ops } from '../../../src/graph/ops/index.ts'
import { parseGraph } from '../../../src/graph/parse.ts'
import { printGraph } from '../../../src/graph/print.ts'
import { verify } from '../../../src/graph/verify.ts'
import { compileStage } from '../../../src/lower/stage.ts'
import { stageSizes } from '../../../src/lower/stage-sizes.ts'
import { eliminateCommonSubexpressions } from '../../../src/optimize/passes/eliminate-common-subexpressions.ts'
import { foldConstants } from '../../../src/optimize/passes/fold-constants.ts'
import { recompute } from '../../../src/optimize/passes/recompute.ts'
import { stageMemory, standingMemory } from '../../../src/plan/memory.ts'
import { planStep, scheduleStep } from '../../../src/plan/plan.ts'
import { evaluateBatch } from '../../../src/train/step.ts'
import { batchOf, prepare, programOf } from '../../lower/spec-run.ts'
import { passContext } from '../context.ts'

const folder = new URL('.', import.meta.url).pathname
const chain = parseGraph(readFileSync(join(folder, 'chain.graph'), 'utf8'), ops)
const sizes = { B: 64, L: 1 }
const peakOf = (graph: Graph): number => scheduleStep({ ...graph, donates: true }, sizes).peak

function limited(graph: Graph, values: number, notes: string[] = []): Graph {
  return recompute.run(graph, { ...passContext(notes), sizes, peakOf, valuesLimit: values })
}

describe('recompute', () => {
  it('does nothing without a limit, or under it, and says nothing', () => {
    const notes: string[] = []
    expect(recompute.run(chain, passContext(notes))).toBe(chain)
    expect(limited(chain, peakOf(chain), notes)).toBe(chain)
    expect(notes).toEqual([])
  })

  it('takes the least work first, and no more than it takes', async () => {
    const notes: string[] = []
    const after = limited(chain, peakOf(chain) - 1, notes)
    verify(after, ops)
    expect(peakOf(after)).toBeLessThan(peakOf(chain))
    await expect(printGraph(after)).toMatchFileSnapshot(join(folder, 'chain.some.graph'))
    expect(notes).toEqual(['1 value recomputed, 1.1% more work: 30.0 KiB of values became 27.3 KiB'])
  })

  it('goes as far as it can, and says how far', async () => {
    const notes: string[] = []
    const after = limited(chain, 1000, notes)
    verify(after, ops)
    await expect(printGraph(after)).toMatchFileSnapshot(join(folder, 'chain.most.graph'))
    expect(notes).toEqual([
      '2 values recomputed, 20.7% more work: 30.0 KiB of values became 19.3 KiB',
      'the limit is not reached: it leaves 1000 bytes for these values',
    ])
    expect(limited(after, 1000)).toBe(after)
  })

  it('is not undone by passes that make equal nodes one', () => {
    const after = limited(chain, 1000)
    expect(eliminateCommonSubexpressions.run(after, passContext())).toBe(after)
    expect(foldConstants.run(after, passContext())).toBe(after)
  })

  it('no order draws what is computed again forward to where it was made first', () => {
    const after = limited(chain, 1000)
    const { nodes } = planStep({ ...after, donates: true }, sizes).lifetimes
    const place = (op: string, nth: number): number => {
      const found = nodes.filter((node) => node.op === op)[nth]
      return found === undefined ? -1 : nodes.indexOf(found)
    }
    expect(place('dropout_mask', 1)).toBeGreaterThan(place('contract', 0))
    expect(place('linear', 2)).toBeGreaterThan(place('contract', 0))
  })
})

const root = new URL('../../..', import.meta.url).pathname
const specs = ['test/recipes/pkd.distill', 'test/reference/albert_mlm.distill']

describe.each(['reference', 'cpu', 'wasm'] as const)('on %s', (backend) => {
  it.each(specs)('%s has the same losses and gradients, to the last bit, and dropout', async (spec) => {
    const program = programOf({ path: root + spec })
    for (const stage of program.stages) {
      const runner = await createRunner(backend)
      const own = backend === 'reference' ? {} : { capabilities: runner.capabilities ?? new Set<string>() }
      const { step } = compileStage(program, stage, own)
      const full = stageSizes(program, stage)
      const { weights, optimizer } = standingMemory(stage, step, full)
      const memory = weights + optimizer + 0.3 * stageMemory(stage, step, full).values
      const again = compileStage(program, stage, { ...own, memory })
      expect(again.applied.find(({ name }) => name === 'recompute')?.changed).toBe(true)
      expect(stageMemory(stage, again.step, full).values).toBeLessThan(stageMemory(stage, step, full).values)
      const prepared = prepare(program, stage, runner)
      const batch = batchOf([7, 4, 6], { vocabulary: 30, classes: 2 })
      const random = { seed: 0, stage: stage.name, step: 2 }
      const [a, b] = [compileStage(program, stage, own), again].map((graphs) =>
        evaluateBatch({ ...prepared, graphs, counter: prepare(program, stage).runner }, [batch], random, {
          progress: 0.5,
          step: 2,
          epoch: 0,
        }),
      )
      expect(b?.total).toBe(a?.total)
      expect(Number.isFinite(a?.total)).toBe(true)
      expect(b?.terms).toEqual(a?.terms)
      expect(b?.gradients).toEqual(a?.gradients)
      runner.dispose()
    }
  })
})
