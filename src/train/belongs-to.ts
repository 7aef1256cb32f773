/** Which lines of the log a resumed run keeps. */
import type { Progress } from './checkpoint.ts'

/** Events at the beginning of a stage. */
const atBeginning = ['memory', 'plan', 'compile', 'teacher']

/** Whether this line of metrics.jsonl was written before the checkpoint. */
export function belongsTo(line: unknown, finished: ReadonlySet<string>, { stage, step }: Progress): boolean {
  if (typeof line !== 'object' || line === null) return false
  const event = 'event' in line ? line.event : undefined
  if (event === 'finished') return false
  if (!('stage' in line) || typeof line.stage !== 'string') return true
  if (finished.has(line.stage)) return true
  // A stage that begins or ends a second time logs this a second time.
  if (step === 0 && atBeginning.some((one) => one === event)) return false
  if (event === 'stage') return false
  return line.stage === stage && 'step' in line && typeof line.step === 'number' && line.step <= step
}
