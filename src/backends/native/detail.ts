/**
 * What is behind the backend on this machine, in a line: library, threads, and what makes it slower than it
 * could be.
 */

/** Of compiled kernels: what they lack, or why there are none. */
export interface KernelState {
  readonly kernels: object | undefined
  readonly lack?: string
  readonly reason?: string
}

/** `threads`: 0 where the library runs on something else than OpenMP, which cannot be told. */
export function detailOf(version: string, threads: number, { kernels, lack, reason }: KernelState): string {
  const counted =
    threads === 0 ? 'threads cannot be set' : `${threads} ${threads === 1 ? 'thread' : 'threads'}`
  const slow =
    kernels === undefined
      ? [`softmax, losses, lookups and updates in slow host code, no int8: ${reason ?? ''}`]
      : lack === undefined
        ? []
        : [lack]
  return [`oneDNN ${version}`, counted, ...slow].join(', ')
}
