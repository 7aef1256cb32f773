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
    let measured = 0
    for (const [stage, { moments, stepsPerEpoch }] of marks) {
      const warm = moments.slice(Math.floor(moments.length * warmUp))
      const [first, last] = [warm[0], warm.at(-1)]
      const step = first && last ? between(first, last) / Math.max(1, warm.length - 1) : 0
      measured += moments.length * step
      stages.set(stage, { step, stepsPerEpoch })
    }
    return { fixed: Math.max(0, whole - measured), stages, backend }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
