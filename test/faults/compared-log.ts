/** What two equal runs have in common in their logs. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Fields of metrics.jsonl that tell time and memory, which differ between two runs (docs/reliability.md). */
export const measuredFields: ReadonlySet<string> = new Set([
  ...['time', 'seconds', 'spent', 'steps_per_second', 'tokens_per_second', 'at', 'ms'],
  ...['measured_bytes', 'available_bytes'],
])

/**
 * Events whose lines follow from measured times: how often agreement is measured, and the times of ranks,
 * of which a process alone has no lines.
 */
const measuredEvents = ['agreement', 'ranks']

/** The lines of a metrics.jsonl without what tells time and memory. */
export function comparedLines(log: string): readonly string[] {
  return log
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line, (key, value) => (measuredFields.has(key) ? undefined : value)))
    .map((line) => JSON.stringify(line))
    .filter((line) => !measuredEvents.some((event) => line.startsWith(`{"event":"${event}"`)))
}

/** Those of the run in a folder. */
export function comparedLog(run: string): readonly string[] {
  return comparedLines(readFileSync(join(run, 'metrics.jsonl'), 'utf8'))
}
