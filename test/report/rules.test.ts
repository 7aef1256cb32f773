/** Each rule on a toy run whose numbers are changed: it fires, its change of the spec checks, and it does not fire. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { acceptsText, type OpenRun, openRun } from '../../src/library/open-run.ts'
import { type RunFacts, readFacts } from '../../src/report/gather/facts.ts'
import type { Findings } from '../../src/report/gather/findings.ts'
import { gatherRun } from '../../src/report/gather/run.ts'
import { diffOf, minimized, specText } from '../../src/report/rules/edit.ts'
import { factorizeEmbedding } from '../../src/report/rules/factorize-embedding.ts'
import { nextOf } from '../../src/report/rules/index.ts'
import { largerStudent } from '../../src/report/rules/larger-student.ts'
import { lowerRate } from '../../src/report/rules/lower-rate.ts'
import { moreSeeds } from '../../src/report/rules/more-seeds.ts'
import { raiseClip } from '../../src/report/rules/raise-clip.ts'
import { rareClasses } from '../../src/report/rules/rare-classes.ts'
import type { Rule } from '../../src/report/rules/rule.ts'
import { smallerStudent } from '../../src/report/rules/smaller-student.ts'
import { temperature } from '../../src/report/rules/temperature.ts'
import { trainLonger } from '../../src/report/rules/train-longer.ts'
import type { RunData } from '../../src/report/schema.ts'
import * as toys from './toys.ts'

const folder = toys.home()
afterAll(() => rmSync(folder, { recursive: true }))

let opened: OpenRun
let facts: RunFacts
let gathered: RunData
beforeAll(async () => {
  const spec = toys.classes.replace('layers = 1, hidden_size = 8', 'layers = 1, hidden_size = 16')
  opened = openRun(await toys.train(toys.write(folder, 'rules.distill', spec), join(folder, 'run')))
  facts = readFacts(opened)
  gathered = gatherRun(opened, { texts: false, accepts: () => true })
})

/** A copy of the run with other numbers. */
function findings(change: (run: RunData) => void): Findings {
  const run = structuredClone(gathered)
  change(run)
  return { facts, run }
}

const answersOf = (run: RunData, name: string) => {
  const found = run.answers[0]?.models.find(({ model }) => model === name)
  if (!found) throw new Error(`no answers of ${name}`)
  return found
}
const pair = (run: RunData, b: string, only_a: number, only_b: number, p: number): void => {
  const found = run.answers[0]?.pairs.find((one) => one.a === 'S' && one.b === b)
  if (found) Object.assign(found, { only_a, only_b, p })
}
const score = (run: RunData, values: Readonly<Record<string, number>>): void => {
  for (const model of run.models) model.metrics.accuracy = values[model.name] ?? 0
}
const losses = (
  run: RunData,
  of: (i: number) => number,
  more: Partial<RunData['stages'][number]['rows'][number]> = {},
) => {
  const stage = run.stages.find(({ name }) => name === 'distil')
  if (stage)
    stage.rows = Array.from({ length: 60 }, (_, i) => ({
      step: 20 * (i + 1),
      loss: of(i),
      terms: {},
      norm: 2 + (i % 5) / 10,
      rate: 1e-3,
      clipped: 0.2,
      ...more,
    }))
}
const flat = (i: number): number => 1 + (i % 2) / 100

const cases: readonly [
  name: string,
  rule: Rule,
  fires: (run: RunData) => void,
  said: RegExp,
  added: RegExp | undefined,
  not: (run: RunData) => void,
][] = [
  [
    'classes that were lost',
    rareClasses,
    (run) => {
      Object.assign(answersOf(run, 'T'), { recall: [1, 0.9, 0.8] })
      Object.assign(answersOf(run, 'S'), { recall: [1, 0.9, 0.2] })
    },
    /person 80% to 20%/,
    /minimize 0\.7 \* \(soft \+ 0\.5 \* states\) \+ 0\.3 \* cross_entropy\(S\.task\.logits, batch\.label\)/,
    (run) => {
      Object.assign(answersOf(run, 'T'), { recall: [1, 0.9, 0.8] })
      Object.assign(answersOf(run, 'S'), { recall: [1, 0.9, 0.75] })
    },
  ],
  [
    'an embedding that is most of the student',
    factorizeEmbedding,
    (run) => {
      for (const model of run.models) if (model.name === 'S') model.parameters = 1800
    },
    /% of S are [\d,]+ word vectors of 16\. At rank 8 it has/,
    /factorize embedding\.word to rank\(8\) }/,
    () => {},
  ],
  [
    'a clip that decides every step',
    raiseClip,
    (run) => losses(run, flat, { clipped: 0.98 }),
    /98% of the steps are clipped at 1\. Half of the logged gradients are longer than 2\.2/,
    /clip = 2\.9/,
    (run) => losses(run, flat, { clipped: 0.5 }),
  ],
  [
    'a loss that still falls',
    trainLonger,
    (run) => losses(run, (i) => 2 - i / 60),
    /still fell by \d+\.\d% .* 24 steps\./,
    /budget = 6 epochs/,
    (run) => losses(run, flat),
  ],
  [
    'a loss that jumps',
    lowerRate,
    (run) => losses(run, (i) => (i % 2 === 0 ? 1 : 2)),
    /changes by 6\d% from one logged interval to the next/,
    /rate = linear\(0\.005|rate = linear\(5e-3/,
    (run) => losses(run, flat),
  ],
  [
    'a student that lacks room',
    largerStudent,
    (run) => {
      score(run, { T: 0.9, A: 0.8, S: 0.81 })
      pair(run, 'A', 3, 2, 0.8)
    },
    /9\.0% below T/,
    /layers = 2, hidden_size = 16/,
    (run) => {
      score(run, { T: 0.9, A: 0.7, S: 0.81 })
      pair(run, 'A', 90, 2, 1e-6)
    },
  ],
  [
    'a student that its teacher cannot beat',
    smallerStudent,
    (run) => {
      score(run, { T: 0.9, A: 0.8, S: 0.9 })
      pair(run, 'T', 3, 3, 1)
    },
    /as good as T \(90\.0% and 90\.0%, p\s=\s1\.0\)/,
    /layers = 1, hidden_size = 8/,
    (run) => {
      score(run, { T: 0.95, A: 0.8, S: 0.9 })
      pair(run, 'T', 3, 60, 1e-6)
    },
  ],
  [
    'a teacher that is sure of everything',
    temperature,
    (run) => {
      answersOf(run, 'T').bins = [{ count: 30, confidence: 0.99, right: 1 }]
    },
    /a probability of 99% on average\. At temperature 2 /,
    /temperature = 4\)/,
    (run) => {
      answersOf(run, 'T').bins = [{ count: 30, confidence: 0.8, right: 1 }]
    },
  ],
  [
    'one seed',
    moreSeeds,
    (run) => pair(run, 'A', 5, 4, 1),
    /S and A differ by no more than chance on these texts/,
    undefined,
    (run) => {
      delete run.metric
    },
  ],
]

describe.each(cases)('%s', (_, rule, fires, said, added, not) => {
  it('is advised on, with evidence and a change that the compiler accepts', () => {
    const changed = findings(fires)
    const advice = rule(changed)
    expect(advice?.why).toMatch(said)
    if (added === undefined) {
      expect(advice?.command).toMatch(/^distill train .* --seeds 3 /)
      return
    }
    const text = advice?.text ?? ''
    expect(acceptsText(opened, text)).toBe(true)
    const lines = diffOf(changed, text)
    expect(
      lines
        .filter(({ kind }) => kind === 'added')
        .map((line) => line.text)
        .join('\n'),
    ).toMatch(added)
    const before = lines.flatMap((line) => (line.kind === 'added' ? [] : [line.text])).join('\n')
    expect(specText(changed)).toContain(before)
    expect(text).toContain(lines.flatMap((line) => (line.kind === 'removed' ? [] : [line.text])).join('\n'))
  })

  it('is not advised on where it does not hold', () => {
    expect(rule(findings(not))).toBeUndefined()
  })
})

it('a stage is read as the spec writes it, also where the library has its loss', () => {
  const run = findings(() => {})
  expect(minimized(run, 'alone')).toBe('cross_entropy(A.task.logits, batch.label)')
  expect(minimized(run, 'distil')).toBe('soft + 0.5 * states')
  expect(minimized(run, 'elsewhere')).toBeUndefined()
})

describe('what is next', () => {
  const many = () =>
    findings((run) => {
      losses(run, (i) => 2 - i / 60, { clipped: 1 })
      pair(run, 'A', 5, 4, 1)
      score(run, { T: 0.9, A: 0.8, S: 0.81 })
    })

  it('is at most three things, the most worth first', () => {
    const next = nextOf(many(), () => true)
    expect(next.map(({ title }) => title)).toEqual([
      'Train longer',
      'Give S more layers',
      'Repeat it with other seeds',
    ])
    expect(next[0]?.diff).toMatchObject({ file: join(folder, 'rules.distill') })
  })

  it('has no change that the compiler refuses', () => {
    const next = nextOf(many(), () => false)
    expect(next.every(({ diff }) => diff === undefined)).toBe(true)
    expect(next.map(({ title }) => title)).toEqual(['Repeat it with other seeds'])
    expect(acceptsText(opened, 'stage {')).toBe(false)
  })

  it('is nothing for a run that is not finished', () => {
    const unfinished = findings((run) => {
      run.finished = false
    })
    expect(nextOf(unfinished, () => true)).toEqual([])
  })
})
