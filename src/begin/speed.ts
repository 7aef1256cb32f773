/** Times a few real steps of a spec on this machine, in a temporary folder. */
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { trainSource } from '../library/train.ts'

export interface StageTime {
  /** Seconds of a step. */
  readonly step: number
  readonly stepsPerEpoch: number
}

export interface Timing {
  /** Seconds of what is done once: reading, compiling, saving, the final scores. */
  readonly fixed: number
  readonly stages: ReadonlyMap<string, StageTime>
  readonly backend: string
  /** How many times as long steps took, on average, as without interruptions by other programs; 1 or more. */
  readonly slowdown: number
}

/** Share of the steps that is left out: the first ones allocate memory, and code is compiled. */
const warmUp = 1 / 3

/**
 * Other programs make steps slower, but rarely during a whole training. So at most this many times the
 * processor time of a step counts.
 */
const busiest = 2.5

/** Seconds between two moments, corrected for other programs. */
function between(from: Moment, to: Moment): number {
  const used = (to.used - from.used) / availableParallelism()
  return Math.min(to.at - from.at, busiest * used)
}

/** Of steps that are interrupted by other programs, most are not. */
function median(seconds: readonly number[]): number {
  return seconds.toSorted((a, b) => a - b)[Math.floor(seconds.length / 2)] ?? 0
}

interface Moment {
  /** Seconds. */
  readonly at: number
  /** Seconds of all processors that this process used. */
  readonly used: number
}

function moment(): Moment {
  const { user, system } = process.cpuUsage()
  return { at: performance.now() / 1000, used: (user + system) / 1e6 }
}

/**
 * @param text a spec whose paths are absolute, with budgets of a few steps
 * @throws DistillError for what `train` refuses in the data; it names the spec without the temporary folder
 */
export async function timeSpec(text: string): Promise<Timing> {
  const folder = mkdtempSync(path.join(tmpdir(), 'distill-new-'))
  try {
    const marks = new Map<string, { moments: Moment[]; stepsPerEpoch: number }>()
    let backend = ''
    const begun = moment()
    await trainSource(
      { text },
      { out: path.join(folder, 'run'), termGradients: false },
      {
        runBegins: ({ runner }) => {
          backend = runner.name
        },
        step: ({ stage, stepsPerEpoch }) => {
          const mark = marks.get(stage) ?? { moments: [], stepsPerEpoch }
          mark.moments.push(moment())
          marks.set(stage, mark)
        },
      },
    )
    const whole = between(begun, moment())
    const stages = new Map<string, StageTime>()
    const sum = { measured: 0, steps: 0, elapsed: 0 }
    for (const [stage, { moments, stepsPerEpoch }] of marks) {
      const warm = moments.slice(Math.floor(moments.length * warmUp))
      const step = median(warm.slice(1).map((one, i) => between(warm[i] ?? one, one)))
      sum.measured += moments.length * step
      sum.steps += Math.max(0, warm.length - 1) * step
      sum.elapsed += (warm.at(-1)?.at ?? 0) - (warm[0]?.at ?? 0)
      stages.set(stage, { step, stepsPerEpoch })
    }
    const slowdown = sum.steps > 0 ? Math.max(1, sum.elapsed / sum.steps) : 1
    return { fixed: Math.max(0, whole - sum.measured * slowdown), stages, backend, slowdown }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
