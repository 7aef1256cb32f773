/** Whether the loss of a stage was still falling when it ended, and how noisy it was. */
import type { StageData } from '../schema.ts'
import { deviation, mean } from '../statistics.ts'

/** Logged intervals from which a trend is one. */
const least = 12
/** Share of the steps on each side of the comparison. */
const part = 0.15
/** A loss that falls by less is called flat. */
const flat = 0.02

export interface Trend {
  /** How much lower the loss of the last steps is than of as many before them, as a share. */
  readonly drop: number
  readonly falls: boolean
}

/**
 * Compares the last 15% of the intervals with the 15% before. It falls if the difference is above 2% and
 * above twice its standard error.
 */
export function trendOf({ rows }: Pick<StageData, 'rows'>): Trend | undefined {
  const losses = rows.flatMap(({ loss }) => loss ?? [])
  const count = Math.floor(losses.length * part)
  if (losses.length < least || count < 2) return undefined
  const [before, after] = [losses.slice(-2 * count, -count), losses.slice(-count)]
  const drop = (mean(before) - mean(after)) / Math.abs(mean(before))
  const error = Math.sqrt((deviation(before) ** 2 + deviation(after) ** 2) / count) / Math.abs(mean(before))
  return { drop, falls: drop > flat && drop > 2 * error }
}

/**
 * The mean change of the loss from one interval to the next in the last half, as a share of its value: how
 * noisy it is.
 */
export function noiseOf({ rows }: Pick<StageData, 'rows'>): number | undefined {
  const losses = rows.flatMap(({ loss }) => loss ?? [])
  if (losses.length < least) return undefined
  const late = losses.slice(Math.floor(losses.length / 2))
  const changes = late.slice(1).map((loss, i) => Math.abs(loss - (late[i] ?? loss)))
  return mean(changes) / Math.abs(mean(late))
}
