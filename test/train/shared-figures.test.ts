/** What runs of a sweep share of their final tables: only what everything that decides it is equal for. */
import { afterAll, describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { headOutputs } from '../../src/check/head-outputs.ts'
import type { Example, SplitName } from '../../src/data/dataset.ts'
import { compileTaps } from '../../src/lower/stage.ts'
import { Evaluator } from '../../src/train/evaluate.ts'
import { Initialiser } from '../../src/train/initialise.ts'
import { AnswerBook } from '../../src/train/kept/answer-book.ts'
import { ParameterStore } from '../../src/train/parameters.ts'
import { reportModels } from '../../src/train/report.ts'
import { SharedFigures } from '../../src/train/shared-figures.ts'
import { program, TinyData, tinyModel } from './tiny-program.ts'

const runner = await createRunner('cpu')
afterAll(() => runner.dispose())

/** Counts how often a split is run through a model. */
class CountedData extends TinyData {
  runs = 0
  override evaluation(name: string, split: SplitName, size: number): readonly (readonly Example[])[] {
    this.runs++
    return super.evaluation(name, split, size)
  }
}

interface Run {
  readonly figures?: SharedFigures
  readonly seed?: number
  readonly units?: number
  readonly data?: CountedData
}

/** The models of a run, with the weights of a seed. */
function open({ figures, seed = 1, units = 8, data = new CountedData() }: Run) {
  const [teacher, student] = [tinyModel('T', 'teacher', 16), tinyModel('S', 'student', units)]
  const checked = program([teacher, student], [])
  const store = new ParameterStore()
  const initialiser = new Initialiser(checked, store, { seed, randomWeights: true })
  for (const name of ['T', 'S']) initialiser.instance(name)
  const evaluator = new Evaluator({ program: checked, store, runner, data, compileTaps, figures })
  const book = new AnswerBook((name) => data.dataset(name))
  const answers = (kept = true) => {
    const [output] = headOutputs(teacher.instance)
    if (!output) throw new Error('the teacher has no head')
    return evaluator.answers(output, 'made_up', 'validation', { recurs: true, ...(kept ? { book } : {}) })
  }
  const latencies = (run: string) => {
    let now = 0
    const instances = [teacher.instance, student.instance]
    // Every look at the clock takes longer than the last, so no two measurements are alike.
    const clock = () => {
      now += 1 + now / 2
      return now + run.length
    }
    return reportModels(instances, () => undefined, evaluator, clock, figures && { figures, run }).map(
      ({ latency, latencyFrom }) => ({ latency, latencyFrom }),
    )
  }
  return { answers, latencies, book, data }
}

describe('the answers of a model', () => {
  it('are computed once for equal weights and data, and are those of a run of its own', () => {
    const figures = new SharedFigures()
    const [first, second, alone] = [open({ figures }), open({ figures }), open({})]
    first.answers()
    expect(second.answers()).toEqual(alone.answers())
    expect([first, second, alone].map(({ data }) => data.runs)).toEqual([1, 0, 1])
    expect(second.book).toEqual({ ...alone.book, datasets: expect.any(Function) })
    expect(second.book).not.toEqual(new AnswerBook(() => second.data.dataset('made_up')))
  })

  it('are computed again with other weights, on other data, or where single answers are wanted', () => {
    const figures = new SharedFigures()
    open({ figures }).answers(false)
    const others = new CountedData()
    others.fingerprint = () => ({ train: 'others' })
    for (const run of [open({ figures, seed: 2 }), open({ figures, data: others }), open({ figures })]) {
      run.answers()
      expect(run.data.runs).toBe(1)
    }
  })

  it('are forgotten beyond a number of answers, the oldest first', () => {
    // A model has 400: 40 examples with 2 answers, and what is kept of each: 5 numbers and 3 probabilities.
    const figures = new SharedFigures(1000)
    for (const seed of [1, 2, 1, 3]) open({ figures, seed }).answers()
    const runs = [1, 2].map((seed) => {
      const run = open({ figures, seed })
      run.answers()
      return run.data.runs
    })
    expect(runs).toEqual([0, 1])
  })
})

describe('latencies', () => {
  it('are those of the first run with the same models, which is named', () => {
    const figures = new SharedFigures()
    const first = open({ figures }).latencies('sweep/first')
    expect(first.map(({ latencyFrom }) => latencyFrom)).toEqual([undefined, undefined])
    expect(open({ figures, seed: 2 }).latencies('sweep/the second')).toEqual(
      first.map((one) => ({ ...one, latencyFrom: 'sweep/first' })),
    )
  })

  it('are measured anew for all models where one differs, since they are compared with each other', () => {
    const figures = new SharedFigures()
    open({ figures }).latencies('first')
    const other = open({ figures, units: 4 }).latencies('other')
    expect(other.map(({ latencyFrom }) => latencyFrom)).toEqual([undefined, undefined])
  })
})
