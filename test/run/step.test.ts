/** Whole training steps: equal on all backends, with weights that change, and without anything left behind. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { libraryKernels } from '../../src/backends/tfjs/library.ts'
import type { Runner, StoredParameter } from '../../src/run/runner.ts'
import { siteOf } from '../../src/run/site.ts'
import { describeBackends } from './backends.ts'
import { disagreement, relativeNorm } from './compare.ts'
import {
  classifierParameters,
  classifierRequest,
  classifierStep,
  descend,
  smallClassifier,
} from './encoder-step.ts'

const sizes = smallClassifier
const step = classifierStep(sizes)

describeBackends('a classifier step on %s', (open) => {
  let runner: Runner
  let reference: Runner
  beforeEach(async () => {
    runner = await open()
    reference = await createRunner('reference')
  })
  afterEach(() => {
    runner.dispose()
    expect(runner.memory()).toEqual({ tensors: 0, bytes: 0 })
  })

  it('has the loss and every gradient of the reference', () => {
    const request = classifierRequest(sizes, classifierParameters(step), { B: 5, L: 7 })
    const got = runner.run(step.graph, request)
    const wanted = reference.run(step.graph, request)
    expect([...got.keys()]).toEqual([...wanted.keys()])
    expect(wanted.size).toBe(1 + step.shapes.size)
    expect(disagreement(got.get('total'), float32(wanted.get('total')))).toBeLessThanOrEqual(1)
    for (const [output, value] of wanted)
      expect(relativeNorm(got.get(output), value), output).toBeLessThan(gradientTolerance(output))
  })

  it('follows weights that change, over several steps and lengths', () => {
    let own: ReadonlyMap<string, StoredParameter> = classifierParameters(step)
    let other: ReadonlyMap<string, StoredParameter> = own
    for (const [n, L] of [7, 7, 4, 9].entries()) {
      const got = runner.run(step.graph, classifierRequest(sizes, own, { B: 6, L }, n))
      const wanted = reference.run(step.graph, classifierRequest(sizes, other, { B: 6, L }, n))
      expect(disagreement(got.get('total'), float32(wanted.get('total'))), `step ${n}`).toBeLessThanOrEqual(1)
      own = descend(own, got, 0.5)
      other = descend(other, wanted, 0.5)
    }
  })

  it('sees a change within the same array, by its version', () => {
    const parameters = classifierParameters(step)
    const before = runner.run(step.graph, classifierRequest(sizes, parameters, { B: 2, L: 3 })).get('total')
    const changed = new Map(
      [...parameters].map(([key, { shape, data, version }]) => {
        data.forEach((x, i) => {
          data[i] = 1.5 * x
        })
        return [key, { shape, data, version: version + 1 }]
      }),
    )
    const request = classifierRequest(sizes, changed, { B: 2, L: 3 })
    const after = runner.run(step.graph, request).get('total')
    expect(disagreement(after, before)).toBeGreaterThan(1)
    expect(disagreement(after, float32(reference.run(step.graph, request).get('total')))).toBeLessThanOrEqual(
      1,
    )
  })

  it('shows every value in order, and stops when told', () => {
    const request = classifierRequest(sizes, classifierParameters(step), { B: 2, L: 3 })
    const seen: string[] = []
    runner.inspect(step.graph, request, (node, value) => {
      seen.push(node.op)
      expect(value.shape.length).toBe(node.type.dimensions.length)
      return true
    })
    expect(seen).toEqual(step.graph.nodes.map((node) => node.op))
    const { tensors } = runner.memory()
    let count = 0
    runner.inspect(step.graph, request, () => ++count < 30)
    expect(count).toBe(30)
    expect(runner.memory().tensors).toBe(tensors)
  })
})

function float32<T extends { readonly data: ArrayLike<number> } | undefined>(value: T) {
  return value === undefined ? undefined : { ...value, data: Float32Array.from(value.data) }
}

/** A key's bias moves all scores of a query alike: its gradient is 0 but for rounding, so only its size is compared. */
function gradientTolerance(output: string): number {
  return output.endsWith('key.bias') ? Number.POSITIVE_INFINITY : 1e-4
}

it('runs a step on tensorflow by its own kernels, but for a few ops', () => {
  const { nodes } = step.graph
  const leaves = ['input', 'parameter', 'constant']
  const left = nodes
    .filter((node) => !leaves.includes(node.op))
    .filter((node) => libraryKernels[node.op]?.(siteOf(node, { B: 5, L: 7 })) === undefined)
    .map((node) => node.op)
  expect([...new Set(left)].sort()).toEqual([
    'cast',
    'cross_entropy_labels',
    'cross_entropy_labels_gradient',
    'dropout_mask',
    'gelu_gradient',
  ])
})
