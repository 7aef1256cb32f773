import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readPasses } from '../../src/library/passes.ts'
import { compileStage } from '../../src/lower/stage.ts'
import { evaluateBatch } from '../../src/train/step.ts'
import { batchOf, prepare, programOf } from '../lower/spec-run.ts'

const root = new URL('../..', import.meta.url).pathname
const specsIn = (...folders: string[]): string[] =>
  folders.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((file) => file.endsWith('.distill'))
      .map((file) => `${folder}/${file}`),
  )

describe.each(specsIn('test/reference', 'test/recipes'))('%s, optimized and as written', (spec) => {
  it('has the same losses and gradients', () => {
    const program = programOf({ path: join(root, spec) })
    for (const stage of program.stages) {
      const prepared = prepare(program, stage)
      const batch = batchOf([5, 3], { vocabulary: 30, classes: 2 })
      const [random, moment] = [
        { seed: 0, stage: stage.name, step: 3 },
        { progress: 0.5, step: 3, epoch: 0 },
      ]
      // With dropout: the passes may not touch what is random.
      const [a, b] = (['none', { disabled: new Set<string>() }] as const).map((passes) =>
        evaluateBatch(
          { ...prepared, graphs: compileStage(program, stage, { passes }) },
          [batch],
          random,
          moment,
        ),
      )
      if (!a || !b) throw new Error('no result')
      expect(Number.isFinite(a.total)).toBe(true)
      expect(Math.abs(a.total - b.total)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(a.total)))
      expect([...b.terms.keys()]).toEqual([...a.terms.keys()])
      for (const [term, value] of a.terms)
        expect(Math.abs(value - (b.terms.get(term) ?? Number.NaN))).toBeLessThanOrEqual(
          1e-9 * (1 + Math.abs(value)),
        )
      expect([...b.gradients.keys()]).toEqual([...a.gradients.keys()])
      const norm = Math.hypot(...[...a.gradients.values()].map((g) => Math.hypot(...g)))
      for (const [key, gradient] of a.gradients) {
        const other = b.gradients.get(key)
        const apart = Math.hypot(...[...gradient].map((g, i) => g - (other?.[i] ?? Number.NaN)))
        // Gradients leave the evaluator as float32.
        expect(apart, key).toBeLessThanOrEqual(3e-7 * norm + 1e-12)
      }
    }
  })
})

describe('--passes', () => {
  it('leaves out what it names', () => {
    expect(readPasses('none')).toBe('none')
    expect(readPasses(undefined)).toEqual({ disabled: new Set() })
    expect(readPasses('-fold-constants,-eliminate-dead-nodes')).toEqual({
      disabled: new Set(['fold-constants', 'eliminate-dead-nodes']),
    })
  })

  it.each(['-fold-constant', 'fold-constants', ''])('refuses %j: E1108', (list) => {
    expect(() => readPasses(list)).toThrow(
      expect.objectContaining({ diagnostics: [expect.objectContaining({ code: 'E1108' })] }),
    )
  })

  it('does not run what is left out', () => {
    const program = programOf({ path: join(root, 'test/recipes/pkd.distill') })
    const [stage] = program.stages
    if (!stage) throw new Error('no stage')
    const names = (passes: ReturnType<typeof readPasses>) =>
      compileStage(program, stage, { passes }).applied.map(({ name }) => name)
    expect(names(readPasses('-fold-constants'))).not.toContain('fold-constants')
    expect(names(readPasses(undefined))).toContain('fold-constants')
    expect(names('none')).toEqual([])
  })
})
