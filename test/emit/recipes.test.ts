import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { emitTrainer } from '../../src/emit/trainer.ts'
import { folderOf, programOf, type Run, runPrograms, stepsIn, trained } from './rig.ts'

/** What a spec may say, in small: each must train to the bit as `distill train` does. */
const specs = {
  students: 'test/emit/specs/students.distill',
  climb: 'test/emit/specs/climb.distill',
  masked: 'test/emit/specs/masked.distill',
  recipe: 'test/emit/specs/recipe.distill',
  wide: 'test/emit/specs/wide.distill',
  spans: 'test/emit/specs/spans.distill',
  tiny: 'test/fixtures/tiny/tiny.distill',
  exact: 'test/fixtures/tiny/tiny.distill',
  sparing: 'test/emit/specs/recipe.distill',
}
type Spec = keyof typeof specs
const whole = (program: Spec, backend: Run['backend'], maxSteps?: number): Run => ({
  program,
  backend,
  out: `${program}-${backend}`,
  ...(maxSteps === undefined ? {} : { maxSteps }),
})
const runs: readonly Run[] = [
  whole('students', 'wasm'),
  whole('climb', 'wasm'),
  whole('masked', 'wasm'),
  whole('masked', 'cpu'),
  whole('students', 'cpu', 2),
  whole('climb', 'cpu', 1),
  whole('recipe', 'wasm'),
  whole('recipe', 'cpu', 3),
  whole('wide', 'wasm'),
  whole('spans', 'wasm'),
  whole('tiny', 'wasm'),
  whole('exact', 'reference', 2),
  { program: 'students', backend: 'wasm', out: 'interrupted', stopAfter: 'both 3/' },
  { program: 'students', backend: 'wasm', out: 'interrupted', resume: true },
  whole('sparing', 'wasm'),
]

let home = ''
let said: readonly (readonly string[])[] = []
beforeAll(() => {
  home = folderOf(specs)
  // By default a program uses the fused operations of wasm and cpu, which the reference has not.
  const { stages, ...rest } = programOf(join(home, 'exact.distill'))
  const backend = { name: 'reference', capabilities: new Set<string>() }
  writeFileSync(join(home, 'exact.mts'), emitTrainer({ ...rest, stages }, stages, { backend }))
  const recipe = programOf(join(home, 'sparing.distill'))
  writeFileSync(join(home, 'sparing.mts'), emitTrainer(recipe, recipe.stages, { memory: 200_000 }))
  said = runPrograms(home, runs)
}, 120_000)
afterAll(() => rmSync(home, { recursive: true, force: true }))

const file = (...path: readonly string[]): Buffer => readFileSync(join(home, ...path))
const stepsOf = (index: number): string[] => stepsIn(said[index] ?? [])

describe('an emitted trainer', () => {
  it.each(runs.slice(0, 12).map((run, i) => [run.program, run.backend, i] as const))(
    '%s on %s: the losses, scores and weights of distill train, bit for bit',
    async (program, backend, i) => {
      const run = runs[i] ?? whole('tiny', backend)
      const spec = join(home, `${program}.distill`)
      const expected = await trained(spec, { ...run, out: join(home, `${run.out}-expected`) })
      expect(expected.length).toBeGreaterThan(1)
      expect(stepsOf(i)).toEqual(expected)
      const models = programOf(spec).stages.flatMap(({ training }) => [...training])
      for (const model of new Set(models)) {
        const own = file(run.out, 'best', `${model}.safetensors`)
        expect(own.equals(file(`${run.out}-expected`, 'best', `${model}.safetensors`)), model).toBe(true)
      }
      const scores = (folder: string): string[] =>
        String(file(folder, 'metrics.jsonl'))
          .split('\n')
          .filter((line) => line.includes('"event":"evaluation"'))
          .map((line) => line.replace(/,"time":"[^"]*"/, ''))
      expect(scores(run.out)).toEqual(scores(`${run.out}-expected`))
      const evaluated = programOf(spec).stages.some(({ evaluate }) => evaluate.length > 0)
      expect(scores(run.out).length > 0).toBe(evaluated)
    },
  )

  it('stops when it is told to, and goes on as if it had not', () => {
    const [first, rest] = [stepsOf(12), stepsOf(13)]
    expect(said[12]?.at(-1)).toBe('stopped before step 4 of both; --resume goes on')
    expect(first.length).toBe(6)
    expect([...first, ...rest]).toEqual(stepsOf(0))
    for (const model of ['T', 'S', 'U'])
      expect(file('interrupted/best', `${model}.safetensors`)).toEqual(
        file('students-wasm/best', `${model}.safetensors`),
      )
  })

  it('computes values again where memory is short, and nothing changes', () => {
    expect(String(file('sparing.mts'))).toContain('op.again(')
    expect(String(file('recipe.mts'))).not.toContain('op.again(')
    expect(stepsOf(14)).toEqual(stepsOf(6))
    expect(file('sparing-wasm/best/S.safetensors')).toEqual(file('recipe-wasm/best/S.safetensors'))
  })

  it('goes on from a checkpoint of distill train', async () => {
    const out = join(home, 'other')
    const run = { program: 'students', backend: 'wasm', out } as const
    const first = await trained(join(home, 'students.distill'), run, 'both 4')
    expect(existsSync(join(out, 'best/T.safetensors'))).toBe(true)
    const [lines = []] = runPrograms(home, [{ ...run, out: 'other', resume: true }])
    expect([...first, ...stepsIn(lines)]).toEqual(stepsOf(0))
  })
})
