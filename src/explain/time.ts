/**
 * How long a run takes on this machine: the work of its stages, against the speed of a large matrix product
 * on the backend. An estimate: evaluations and the reading of data are not in it.
 */
import type { SpecReport, StageReport } from './report.ts'

export interface TimeReport {
  /** The backend with its library and threads. */
  readonly backend: string
  /** Of each stage; null where the number of its steps is not known. */
  readonly seconds: Readonly<Record<string, number | null>>
  /** Of a training example, where texts could be sampled; by data block. */
  readonly mean_tokens: Readonly<Record<string, number>>
}

/**
 * @param speed operations a second of a large matrix product
 * @param tokensOf mean tokens of a block's training example; undefined: those of full length
 */
export function estimateTime(
  { stages }: SpecReport,
  backend: string,
  speed: number,
  tokensOf: (data: string) => number | undefined,
): TimeReport {
  const tokens = new Map<string, number>()
  const seconds = Object.entries(stages).map(([name, stage]) => {
    const mean = stage.data === null ? undefined : tokensOf(stage.data)
    if (stage.data !== null && mean !== undefined) tokens.set(stage.data, mean)
    const work = stageWork(stage, mean)
    return [name, work === null ? null : work / speed] as const
  })
  return { backend, seconds: Object.fromEntries(seconds), mean_tokens: Object.fromEntries(tokens) }
}

/** The work of a whole stage for examples of `mean` tokens; null where its steps are not known. */
export function stageWork(stage: StageReport, mean = stage.sizes.tokens): number | null {
  if (stage.steps === null) return null
  const { work, cache, batch } = stage
  const share = Math.min(1, mean / stage.sizes.tokens)
  const step = work.step - 2 * (work.step - work.half) * (1 - share)
  if (cache === null) return stage.steps * step
  const seen = stage.steps * batch
  const computed = cache.cheaper === 'computed' ? seen : Math.min(seen, cache.examples ?? seen)
  return stage.steps * step + computed * work.cached * share
}

/** `about 4 minutes on native (oneDNN 3.7, 2 threads)`; undefined where no stage can be estimated. */
export function timeText({ backend, seconds }: TimeReport, { others }: SpecReport): string | undefined {
  // The stages of a family that are not shown are like one that is.
  const all = [
    ...Object.values(seconds),
    ...others.flatMap(({ stages, like }) => stages.map(() => seconds[like] ?? null)),
  ]
  const known = all.filter((one) => one !== null)
  if (known.length === 0) return undefined
  const rest = all.length - known.length
  const without =
    rest === 0 ? '' : `, without ${rest === 1 ? 'the stage' : `the ${rest} stages`} whose data is not here`
  return `${durationText(known.reduce((sum, one) => sum + one, 0))} on ${backend}${without}`
}

const units = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/** `about 4 minutes`: no more digits than an estimate has. */
export function durationText(seconds: number): string {
  if (seconds < 10) return 'a few seconds'
  const [unit, size] = units.find(([, s]) => seconds >= 1.5 * s) ?? ['second', 1]
  const count = seconds / size
  const digits = count >= 20 ? Number(count.toPrecision(2)) : Math.round(count)
  return `about ${digits.toLocaleString('en-US')} ${unit}s`
}
