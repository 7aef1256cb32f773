/** Times a few real steps of a spec on this machine, with reading and evaluation, in a temporary folder. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { trainSpec } from '../library/train.ts'

export interface StageTime {
  /** Seconds of a step. */
  readonly step: number
  /** Seconds of an evaluation. */
  readonly evaluation: number
  readonly stepsPerEpoch: number
}

export interface Timing {
  /** Seconds of what is done once: reading, the tokenizer, compiling, the final scores. */
  readonly fixed: number
  readonly stages: ReadonlyMap<string, StageTime>
  readonly backend: string
}

/** Steps that are slower than the others: the first ones allocate memory and warm up code. */
const warmUp = 4

/**
 * @param text a spec whose paths are absolute
 * @throws DistillError for what `train` refuses in the data
 */
export async function timeSpec(
  text: string,
  steps: number,
  seed: { readonly now: () => number } = performance,
): Promise<Timing> {
  const folder = mkdtempSync(path.join(tmpdir(), 'distill-new-'))
  try {
    const spec = path.join(folder, 'spec.distill')
    writeFileSync(spec, text)
    const marks = new Map<string, { times: number[]; scored: number; stepsPerEpoch: number }>()
    let backend = ''
    const begun = seed.now()
    await trainSpec(
      spec,
      { out: path.join(folder, 'run'), maxSteps: steps, termGradients: false },
      {
        runBegins: ({ runner }) => {
          backend = runner.name
        },
        step: ({ stage, stepsPerEpoch }) => {
          const mark = marks.get(stage) ?? { times: [], scored: 0, stepsPerEpoch }
          mark.times.push(seed.now())
          marks.set(stage, mark)
        },
        scored: ({ stage }) => {
          const mark = marks.get(stage)
          if (mark) mark.scored = seed.now()
        },
      },
    )
    const whole = (seed.now() - begun) / 1000
    const stages = new Map<string, StageTime>()
    let measured = 0
    for (const [stage, { times, scored, stepsPerEpoch }] of marks) {
      const warm = times.slice(Math.min(warmUp, times.length - 2))
      const [first = 0, last = 0] = [warm[0], warm.at(-1)]
      const step = (last - first) / 1000 / Math.max(1, warm.length - 1)
      const evaluation = scored === 0 ? 0 : Math.max(0, (scored - (times.at(-1) ?? scored)) / 1000)
      measured += times.length * step + evaluation
      stages.set(stage, { step, evaluation, stepsPerEpoch })
    }
    return { fixed: Math.max(0, whole - measured), stages, backend }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
