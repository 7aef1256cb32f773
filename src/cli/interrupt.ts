/** Ctrl-C during training and serving: the first asks to stop in order, the second ends the process. */

/** What a shell expects after Ctrl-C (128 + SIGINT). */
export const interruptedCode = 130

/**
 * The first Ctrl-C aborts the signal, so that a run saves and stops; a second one quits at once.
 * @param say is called for the first
 */
export function listenForInterrupt(say: (text: string) => void): {
  readonly signal: AbortSignal
  stop: () => void
} {
  const asked = new AbortController()
  const listener = (): void => {
    if (asked.signal.aborted) process.exit(interruptedCode)
    asked.abort()
    // After this, the system's own handler applies. It works even in the middle of a step, when this program
    // cannot react. `setImmediate`, because a second signal may be waiting already.
    setImmediate(stop)
    say('saving; Ctrl-C again quits at once')
  }
  const stop = (): void => {
    process.off('SIGINT', listener)
    process.off('SIGTERM', listener)
  }
  process.on('SIGINT', listener)
  process.on('SIGTERM', listener)
  return { signal: asked.signal, stop }
}
