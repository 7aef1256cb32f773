/** Which lines of the log a resumed run keeps. */
import type { Progress } from './checkpoint.ts'

/** Whether this line of metrics.jsonl was written before the checkpoint. */
export function belongsTo(line: unknown, finished: ReadonlySet<string>, { stage, step }: Progress): boolean {
  if (typeof line !== 'object' || line === null) return false
  if ('event' in line && line.event === 'finished') return false
  if (!('stage' in line) || typeof line.stage !== 'string') return true
  if (finished.has(line.stage)) return true
  // A stage that begins a second time logs this a second time.
  if ('event' in line && (line.event === 'memory' || line.event === 'teacher') && step === 0) return false
  return line.stage === stage && 'step' in line && typeof line.step === 'number' && line.step <= step
}
