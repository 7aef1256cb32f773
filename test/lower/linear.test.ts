import { describe, expect, it } from 'vitest'
import { largeSpecs } from '../../bench/large-specs.ts'
import { differentiate } from '../../src/differentiate/differentiate.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { compileStage } from '../../src/lower/stage.ts'
import { stageSizes } from '../../src/lower/stage-sizes.ts'
import { planStep } from '../../src/plan/plan.ts'
import { growth, linear } from '../growth.ts'

/** From the checked program to the plan, each part is linear in the layers, loss terms and models of a stage, passes in its heads too. */
type Large = keyof typeof largeSpecs

/** What the parts after checking begin with. */
function partsOf(name: Large, size: number) {
  const text = largeSpecs[name](size)
  const { program } = checkFile('spec.distill', {
    reader: (path) => (path === 'spec.distill' ? text : undefined),
  })
  const stage = program?.stages[0]
  if (program === undefined || stage === undefined) throw new Error(`${name} is no right spec`)
  const { forward, step } = compileStage(program, stage, { passes: 'none' })
  return {
    lower: () => compileStage(program, stage, { passes: 'none' }),
    optimize: () => compileStage(program, stage),
    differentiate: () => differentiate(forward, 'total', stage.trained, ops),
    plan: () => planStep(step, stageSizes(program, stage)),
  }
}

/** Sizes that take tens of milliseconds: less would be lost in what a run takes anyway. All passes take longer. */
const cases: readonly (readonly [Large, number, readonly (keyof ReturnType<typeof partsOf>)[]])[] = [
  ['layers', 24, ['lower', 'differentiate', 'plan']],
  ['layers', 6, ['optimize']],
  ['terms', 150, ['lower', 'optimize', 'differentiate', 'plan']],
  ['heads', 100, ['optimize']],
  ['students', 15, ['lower', 'optimize', 'differentiate', 'plan']],
]

describe.each(cases)('in %s, from %i on,', (name, size, parts) => {
  const [few, many] = [partsOf(name, size), partsOf(name, 4 * size)]
  it.each(parts)('%s is linear', { timeout: 120_000 }, (part) => {
    expect(growth(few[part], many[part], 0.002)).toBeLessThan(linear)
  })
})
