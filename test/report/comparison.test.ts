/** Several runs in words: which is best, by tests on the examples that they share, and by seeds. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { gatherComparison, type ScoredRun } from '../../src/report/gather/comparison.ts'
import { welch } from '../../src/report/statistics.ts'

const home = mkdtempSync(join(tmpdir(), 'comparison-'))
afterAll(() => rmSync(home, { recursive: true }))

const accuracy = { name: 'accuracy', share: true, higher_is_better: true }
const count = 1000

interface Kept {
  readonly kind?: 'class' | 'number'
  readonly actual?: readonly number[]
  readonly answer: readonly number[]
  readonly file?: string
}

/** A run of which the answers are kept. */
function run(name: string, value: number | null, kept?: Kept, more: Partial<ScoredRun> = {}): ScoredRun {
  const path = join(home, name)
  mkdirSync(join(path, 'answers'), { recursive: true })
  if (kept) {
    const { kind = 'class', answer, actual = answer.map(() => 1), file = 'test.tsv' } = kept
    const text = {
      version: 1,
      data: 'notes',
      split: 'test',
      kind,
      ...(kind === 'class' ? { labels: ['no', 'yes'] } : {}),
      total: answer.length,
      cut: 0,
      files: [file],
      line: answer.map((_, i) => i + 1),
      actual,
      models: { S: { answer, probability: answer.map(() => 0.5) } },
    }
    writeFileSync(join(path, 'answers/notes.test.json'), JSON.stringify(text))
  }
  const on = { data: 'notes', split: 'test' }
  return { path, group: name, name, seed: 0, model: 'S', parameters: 1000, value, on, ...more }
}

/** Right on those for which `isRight` is true. */
const right = (isRight: (i: number) => boolean): Kept => ({
  answer: Array.from({ length: count }, (_, i) => Number(isRight(i))),
})

it('says which run is best, by McNemar\u2019s test on the same texts', () => {
  const a = run(
    'a',
    0.9,
    right((i) => i >= 100),
  )
  const b = run(
    'b',
    0.85,
    right((i) => i >= 140 || i < 10),
    { parameters: 2000 },
  )
  const found = gatherComparison([b, a], accuracy)
  expect(found?.headline).toBe(
    '**a is best by accuracy**: 90.0% with 2.0\u00d7 fewer parameters; b has 85.0%.',
  )
  // right alone: a on 100 to 139, b on 0 to 9; the probability of at most 10 of 50, twice
  expect(found?.lede).toMatch(
    /^On the same 1,000 texts, a is right where b is wrong on 40, the reverse on 10 \(p\s<\s0\.001\), and the difference is 3\.0 points, at 95% from \+1\.\d points to \+4\.\d points\.$/,
  )
  expect(found?.compared[1]?.paired).toMatchObject({ count, only_best: 40, only_this: 10, difference: -0.03 })
  expect(found?.compared[1]?.paired?.p).toBeCloseTo(2.386e-5, 7)
})

it('says that a difference may be chance, and which others are not clearly worse', () => {
  const runs = [
    run(
      'a',
      0.9,
      right((i) => i >= 100),
    ),
    run(
      'b',
      0.898,
      right((i) => i >= 104 || i < 2),
    ),
    run(
      'c',
      0.897,
      right((i) => i >= 105 || i < 2),
    ),
    run(
      'd',
      0.7,
      right((i) => i >= 300),
    ),
  ]
  const found = gatherComparison(runs, accuracy)
  expect(found?.headline).toBe(
    '**No run is clearly best by accuracy.** a has 90.0%; b has 89.8%, which may be chance.',
  )
  expect(found?.lede).toContain('(p\u00a0=\u00a00.69)')
  expect(found?.lede).toContain('Not clearly worse, either: c.')
  expect(found?.lede).toContain('It is the best of 4 by the same examples')
})

it('compares other metrics by a paired bootstrap, the lowest error first', () => {
  const actual = Array.from({ length: 200 }, (_, i) => i % 5)
  const off = (by: number): Kept => ({
    kind: 'number',
    actual,
    answer: actual.map((one, i) => one + by * ((i % 3) - 1)),
  })
  const mse = { name: 'mse', share: false, higher_is_better: false }
  const found = gatherComparison([run('far', 0.66, off(1)), run('near', 0.167, off(0.5))], mse)
  expect(found?.headline).toBe('**near is best by mse**: 0.167; far has 0.660.')
  expect(found?.lede).toMatch(
    /^On the same 200 texts the difference is 0\.50, at 95% from \+0\.4\d to \+0\.5\d\.$/,
  )
  expect(found?.compared[1]?.paired?.p).toBeUndefined()
})

it('says why nothing tests a difference', () => {
  const a = run(
    'a',
    0.9,
    right((i) => i >= 100),
  )
  const other = run('other', 0.8, { ...right((i) => i >= 200), file: 'dev.tsv' })
  expect(gatherComparison([a, other], accuracy)).toMatchObject({
    headline: '**a has the best accuracy**: 90.0%; other has 80.0%.',
    lede: 'No test compares them: they were scored on different examples.',
  })
  expect(gatherComparison([a, run('old', 0.8)], accuracy)?.lede).toBe(
    'No test compares them: no single answers were kept of old.',
  )
  expect(gatherComparison([a, run('none', null)], accuracy)).toBeUndefined()
})

it('has mean and spread of seeds, and what distillation is worth over them', () => {
  const seeds = [0.76, 0.77, 0.78].map((value, seed) =>
    run(`s${seed}`, value, undefined, { group: 'all', name: 'all seeds', seed, alone: 0.73 }),
  )
  expect(gatherComparison(seeds, accuracy)).toMatchObject({
    headline: '**S has an accuracy of 77.0% \u00b1 1.0 points over 3 seeds**, from 76.0% to 78.0%.',
    lede: 'Against the same student trained without a teacher, distillation is worth **+4.0 points** \u00b1 1.0 points. After \u00b1 is the standard deviation over seeds.',
  })
})

it('compares settings over seeds by the spread of both, and says how many runs have no score', () => {
  const group = (name: string, values: readonly number[]): ScoredRun[] =>
    values.map((value, seed) => run(`${name}-${seed}`, value, undefined, { group: name, name, seed }))
  const clear = gatherComparison(
    [...group('rate = 1', [0.7, 0.71, 0.72]), ...group('rate = 2', [0.8, 0.81, 0.82]), run('late', null)],
    accuracy,
  )
  expect(clear?.headline).toBe(
    '**rate = 2 is best by accuracy**: 81.0% \u00b1 1.0 points over 3 seeds; rate = 1 has 71.0% \u00b1 1.0 points over 3 seeds.',
  )
  expect(clear?.lede).toBe(
    'The difference of the means over seeds is 10.0 points, at 95% from +7.7 points to +12.3 points (Welch). 1 run has no accuracy and is not compared.',
  )
  const close = gatherComparison([...group('x', [0.7, 0.74]), ...group('y', [0.71, 0.75])], accuracy)
  expect(close?.headline).toContain('**No run is clearly best by accuracy.** y has')
})

it('Welch\u2019s interval is that of the tables', () => {
  const sample = (mean: number, deviation: number) => ({ mean, deviation, count: 5 })
  // 8 degrees of freedom: 2.306 * sqrt(2 * 4 / 5)
  expect(welch(sample(10, 2), sample(7, 2))?.low).toBeCloseTo(3 - 2.306 * Math.sqrt(1.6), 9)
  expect(welch(sample(10, 0), sample(7, 0))).toBeUndefined()
})
