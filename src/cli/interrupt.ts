/** The signals that ask a program to end. */
import { constants } from 'node:os'

export const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
export type StopSignal = (typeof stopSignals)[number]

function isStopSignal(name: unknown): name is StopSignal {
  return stopSignals.some((known) => known === name)
}

/** What a shell expects of a program that a signal ended: 130 after Ctrl-C, 143 after SIGTERM. */
export function signalCode(name: unknown): number {
  return 128 + constants.signals[isStopSignal(name) ? name : 'SIGINT']
}

/**
 * The first signal aborts `signal`, with the name as its reason, so that a server answers what has arrived; a
 * second one ends the process at once.
 * @param say is called for the first
 */
export function listenForInterrupt(say: (name: StopSignal) => void): {
  readonly signal: AbortSignal
  stop: () => void
} {
  const asked = new AbortController()
  const listener = (name: NodeJS.Signals): void => {
    if (!isStopSignal(name)) return
    if (asked.signal.aborted) process.exit(signalCode(name))
    asked.abort(name)
    // After this, the system's own handler applies. It works even in the middle of a step, when this program
    // cannot react. `setImmediate`, because a second signal may be waiting already.
    setImmediate(stop)
    say(name)
  }
  const stop = (): void => {
    for (const name of stopSignals) process.off(name, listener)
  }
  for (const name of stopSignals) process.on(name, listener)
  return { signal: asked.signal, stop }
}
