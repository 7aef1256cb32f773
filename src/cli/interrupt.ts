/** Ctrl-C during training: the first asks the run to save and stop, the second ends the process. */
import type { ProgressDisplay } from '../train/progress.ts'

/** What a shell expects after Ctrl-C (128 + SIGINT). */
export const interruptedCode = 130

/** The first Ctrl-C asks the run to save and stop; a second one quits at once. */
export function listenForInterrupt(display: ProgressDisplay): { readonly asked: boolean; stop: () => void } {
  const state = { asked: false, stop: () => {} }
  const listener = (): void => {
    if (state.asked) process.exit(interruptedCode)
    state.asked = true
    // After this, the system's own handler applies. It works even in the middle of a step, when this program
    // cannot react. `setImmediate`, because a second signal may be waiting already.
    setImmediate(state.stop)
    display.note('saving; Ctrl-C again quits at once')
  }
  process.on('SIGINT', listener)
  process.on('SIGTERM', listener)
  state.stop = () => {
    process.off('SIGINT', listener)
    process.off('SIGTERM', listener)
  }
  return state
}
