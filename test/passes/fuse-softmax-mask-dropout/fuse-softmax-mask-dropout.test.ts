import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRunner } from '../../../src/backends/index.ts'
import type { Graph } from '../../../src/graph/graph.ts'
import { fusedOps } from '../../../src/graph/ops/fused.ts'
import { ops } from '../../../src/graph/ops/index.ts'
import { parseGraph } from '../../../src/graph/parse.ts'
import { printGraph } from '../../../src/graph/print.ts'
import { verify } from '../../../src/graph/verify.ts'
import { compileStage } from '../../../src/lower/stage.ts'
import { fuseSoftmaxMaskDropout } from '../../../src/optimize/passes/fuse-softmax-mask-dropout.ts'
import type { HostTensor, Runner } from '../../../src/run/runner.ts'
import { trainStep } from '../../../src/train/step.ts'
import { batchOf, prepare, programOf } from '../../lower/spec-run.ts'
import { generate, real, sizes, stream } from '../../ops/typed.ts'
import { passContext } from '../context.ts'

const folder = new URL('.', import.meta.url).pathname
const every = new Set<string>(fusedOps)

function fused(graph: Graph, capabilities: ReadonlySet<string> = every): Graph {
  return fuseSoftmaxMaskDropout.run(graph, {
    ...passContext([], capabilities),
    sizes: { B: 2, L: 3 },
  })
}
const read = (name: string): Graph => parseGraph(readFileSync(`${folder}${name}.graph`, 'utf8'), ops)
const opsOf = (graph: Graph): string[] => graph.nodes.map((node) => node.op)

/** Outputs of a graph for drawn inputs. */
function run(runner: Runner, graph: Graph): ReadonlyMap<string, HostTensor> {
  const uniform = stream(5)
  const inputs = new Map<string, HostTensor>()
  for (const { op, type, attributes } of graph.nodes) {
    if (op !== 'input') continue
    const { shape, data } = generate(
      type,
      type.dtype === 'bool' ? (_, i) => (i === 1 ? 0 : 1) : real,
      uniform,
    )
    inputs.set(String(attributes.name), {
      dtype: type.dtype,
      shape,
      data: type.dtype === 'bool' ? Uint8Array.from(data) : Float32Array.from(data),
    })
  }
  return runner.run(graph, {
    sizes,
    inputs,
    parameter: (name) => {
      throw new Error(`no parameter ${name}`)
    },
    random: { seed: 0, stage: 'test', step: 0 },
  })
}

describe('fuse-softmax-mask-dropout', () => {
  it.each(['attention', 'without-a-mask', 'gradient', 'products'])('%s', async (name) => {
    const after = fused(read(name))
    verify(after, ops)
    await expect(printGraph(after)).toMatchFileSnapshot(`${folder}${name}.after.graph`)
    expect(fused(after)).toBe(after)
  })

  it.each(['attention', 'without-a-mask', 'gradient', 'products'])(
    '%s: the same values in float64',
    async (name) => {
      const runner = await createRunner('reference')
      const before = read(name)
      expect(run(runner, fused(before))).toEqual(run(runner, before))
    },
  )

  it.each(['scores-are-read', 'bias-of-more-axes', 'a-factor-for-some', 'no-power-of-two'])(
    '%s: the same object',
    (name) => {
      const graph = read(name)
      expect(fused(graph)).toBe(graph)
    },
  )

  it('is not for a backend that lacks the ops', () => {
    const graph = read('attention')
    expect(fused(graph, new Set())).toBe(graph)
    expect(fused(read('gradient'), new Set(['scaled_softmax']))).toEqual(read('gradient'))
  })
})

describe('in a training step', () => {
  const program = programOf({ path: new URL('../../../specs/demo.distill', import.meta.url).pathname })
  const stage = program.stages.find(({ name }) => name === 'student_alone')
  const graphs = (passes?: 'none') =>
    stage && compileStage(program, stage, { capabilities: every, ...(passes ? { passes } : {}) })
  let wasm: Runner
  beforeAll(async () => {
    wasm = await createRunner('wasm')
  })
  afterAll(() => wasm.dispose())

  it('attention and its gradient are fused', () => {
    const found = opsOf(graphs()?.step ?? read('attention'))
    expect(found.filter((op) => op.startsWith('scaled_softmax'))).toEqual([
      'scaled_softmax',
      'scaled_softmax_gradient',
    ])
  })

  /** Losses of two steps and the weights after them. */
  function twoSteps(
    runner: Runner,
    passes?: 'none',
  ): { losses: number[]; weights: Map<string, Float32Array> } {
    const compiled = graphs(passes)
    if (!stage?.optimizer || compiled === undefined) throw new Error('no stage')
    const prepared = { ...prepare(program, stage, runner), graphs: compiled }
    const state = new Map()
    const losses = [0, 1].map((step) => {
      const batch = batchOf([5, 3, 7], { vocabulary: 8000, classes: 26 })
      const random = { seed: 1, stage: stage.name, step }
      if (!stage.optimizer) throw new Error('no optimizer')
      return trainStep(prepared, stage.optimizer, state, [batch], random, { progress: 0.5, step, epoch: 0 })
        .total
    })
    return { losses, weights: prepared.store.snapshot(stage.trained) }
  }

  it('two steps on wasm, optimized, equal two of the reference, and to the bit those without passes', async () => {
    const optimized = twoSteps(wasm)
    const reference = twoSteps(await createRunner('reference'), 'none')
    optimized.losses.forEach((loss, i) => {
      expect(Math.abs(loss - (reference.losses[i] ?? 0))).toBeLessThan(1e-5)
    })
    expect(twoSteps(wasm, 'none').losses).toEqual(optimized.losses)
  })
})
