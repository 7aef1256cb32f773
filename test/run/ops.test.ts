/** Every op, on every backend that starts here, against its float64 reference evaluation. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { ops } from '../../src/graph/ops/index.ts'
import type { Runner } from '../../src/run/runner.ts'
import type { OpCase } from '../ops/cases/case.ts'
import { cases } from '../ops/cases/index.ts'
import { trial } from '../ops/trial.ts'
import { sizes } from '../ops/typed.ts'
import { describeBackends } from './backends.ts'
import { differences, requestOf } from './compare.ts'
import { wideCases } from './wide-cases.ts'

const all: (readonly [op: string, one: OpCase])[] = Object.keys(ops).flatMap((op) =>
  [...(cases[op] ?? []), ...(wideCases[op] ?? [])].map((one) => [op, one] as const),
)

it('has a case for every op', () => {
  const covered = new Set(all.map(([op]) => op))
  expect(Object.keys(ops).filter((op) => !covered.has(op))).toEqual([])
})

describeBackends('%s agrees with the reference', (open) => {
  let runner: Runner
  let reference: Runner
  beforeAll(async () => {
    runner = await open()
    reference = await createRunner('reference')
  })
  afterAll(() => {
    runner.dispose()
    expect(runner.memory()).toEqual({ tensors: 0, bytes: 0 })
  })

  it.each(all.map(([op, one]) => ({ op, title: one.title, one })))('$op $title', ({ op, one }) => {
    const { builder, node, values } = trial(op, one)
    const graph = builder.finish('case', new Map([['result', node]]))
    const off = differences(runner, reference, graph, requestOf(graph, values, sizes))
    expect(off.get('result')).toBeLessThanOrEqual(1)
  })
})
