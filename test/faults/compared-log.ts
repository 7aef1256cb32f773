/** What two equal runs have in common in their logs. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { measuredFields } from './simulated-run.ts'

/** The lines of metrics.jsonl without what tells time and memory (docs/reliability.md). */
export function comparedLog(run: string): readonly string[] {
  return (
    readFileSync(join(run, 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line, (key, value) => (measuredFields.has(key) ? undefined : value)))
      .map((line) => JSON.stringify(line))
      // How often agreement is measured follows from measured times.
      .filter((line) => !line.startsWith('{"event":"agreement"'))
      // Times of ranks: a process alone has none of these lines.
      .filter((line) => !line.startsWith('{"event":"ranks"'))
  )
}
