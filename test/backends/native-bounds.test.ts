/** Indices outside a batch are refused before a kernel in C reads or writes there. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import type { Attributes } from '../../src/graph/graph.ts'
import type { Runner } from '../../src/run/runner.ts'
import type { OpCase } from '../ops/cases/case.ts'
import { trial } from '../ops/trial.ts'
import { sizes, values } from '../ops/typed.ts'
import { describeBackendNames } from '../run/backends.ts'
import { requestOf } from '../run/compare.ts'

const mask: Attributes = {
  rate: 0.3,
  site: 'a',
  dimensions: [
    { axis: 'position', size: 'R' },
    { axis: 'unit', size: 77 },
  ],
}
/** Places of a batch of 2 x 3 tokens: from 0 to 5, and -1 - place. */
const wrong = [
  [1, 6, 0, 2],
  [1, 2, 2147483647, 0],
  [0, 1, 2, -7],
  [-2147483648, 0, 1, 2],
] as const
const placed = (places: readonly number[]): readonly (readonly [string, OpCase])[] => {
  const title = `place ${places.find((place) => place > 5 || place < -6)}`
  const positions = ['i32[R]', values(...places)] as const
  return [
    ['gather_positions', { title, inputs: ['f32[B, L, unit 30]', positions], attributes: { dead: 'copy' } }],
    ['scatter_positions', { title, inputs: ['f32[R, unit 30]', positions], attributes: { dead: 'add' } }],
    ['dropout_mask', { title, inputs: [['i32[B]', values(1, 2)], positions], attributes: mask }],
    ['dropout_keep', { title, inputs: [['i32[B]', values(1, 2)], positions], attributes: mask }],
  ]
}

describeBackendNames(
  '%s refuses',
  (name) => {
    let runner: Runner
    beforeAll(async () => {
      runner = await createRunner(name)
    })
    afterAll(() => runner.dispose())

    const run = (op: string, one: OpCase, at = sizes) => {
      const { builder, node, values: given } = trial(op, one)
      const graph = builder.finish('case', new Map([['result', node]]))
      return runner.run(graph, requestOf(graph, given, at))
    }

    it.each(wrong.flatMap(placed))('%s of $title', (op, one) => {
      expect(() => run(op, one)).toThrowError(
        name === 'native'
          ? new RegExp(`^${op}: ${one.title} in a batch of 2 x 3 tokens$`)
          : /a compiled kernel does not take its arguments/,
      )
    })

    it.runIf(name === 'native')('an index that a shorter batch does not have', () => {
      const placing: OpCase = {
        title: '',
        inputs: ['f32[B, unit 2]'],
        attributes: { axis: 'token', index: 4, size: 'L' },
      }
      expect(() => run('place', placing)).toThrowError(/^place: element \d+ of a value that has 12$/)
    })
  },
  ['native', 'onnxruntime'],
)
