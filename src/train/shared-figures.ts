/**
 * Figures that runs of a sweep share, in memory: the answers of a model with the same weights on the same
 * data, trivial baselines, and latencies. Callers make a key of everything that decides a figure.
 */
import type { BaselineScore } from './baselines/baseline.ts'
import type { Answers } from './metrics/metric.ts'
import type { AnswerRecord } from './tasks/answer-record.ts'

/** The answers of a model's head on a split, with the single ones where they are kept. */
export interface Answered {
  readonly answers: Answers
  readonly record?: AnswerRecord | undefined
}

/** Median milliseconds of the models of a final table by name, all from one measurement. */
export interface Latencies {
  readonly times: ReadonlyMap<string, number>
  /** The folder of the run of a sweep that measured them. */
  readonly measuredBy: string | undefined
}

/** Numbers and texts in the answers that are kept: 8 bytes and more for each. */
const mostAnswers = 2 ** 24

export class SharedFigures {
  private readonly answered = new Map<string, Answered>()
  private readonly baselineScores = new Map<string, readonly BaselineScore[]>()
  private readonly measured = new Map<string, Latencies>()
  private readonly most: number

  /** @param most numbers and texts in the answers that are kept; the oldest go first */
  constructor(most = mostAnswers) {
    this.most = most
  }

  answers(key: string, make: () => Answered): Answered {
    const value = this.answered.get(key) ?? make()
    // The one that was used last is the last in the map.
    this.answered.delete(key)
    this.answered.set(key, value)
    let size = [...this.answered.values()].reduce((sum, one) => sum + sizeOf(one), 0)
    for (const [old, one] of this.answered) {
      if (size <= this.most) break
      this.answered.delete(old)
      size -= sizeOf(one)
    }
    return value
  }

  baselines(key: string, make: () => readonly BaselineScore[]): readonly BaselineScore[] {
    return known(this.baselineScores, key, make)
  }

  /**
   * A model is timed beside the others of its table, so that a slow moment of the machine slows all alike. So
   * latencies are taken over only if all models of the table are the same.
   */
  latencies(key: string, make: () => Latencies): Latencies {
    return known(this.measured, key, make)
  }
}

function known<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const value = map.get(key) ?? make()
  map.set(key, value)
  return value
}

function sizeOf({ answers, record }: Answered): number {
  return lengths(answers) + (record ? lengths(record) : 0)
}

/** Numbers and texts in lists of an object, and in lists of lists. */
function lengths(value: object): number {
  let sum = 0
  for (const list of Object.values(value)) {
    if (!isList(list)) continue
    sum += list.length
    if (isList(list[0])) for (const inner of list) if (isList(inner)) sum += inner.length
  }
  return sum
}

function isList(value: unknown): value is ArrayLike<unknown> & Iterable<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))
}
