/**
 * How long OpenMP's threads look for work before they sleep. GNU's runtime reads it when it is loaded, and
 * would otherwise look for milliseconds: where another process wants a core, each of the hundreds of short
 * products and kernels of a step then waits for a turn of the scheduler (measured on 2 cores beside one busy
 * process: a step of the demo's student took 590 ms with 100,000 rounds, 13 ms with this).
 */

/** Rounds of a loop; a few microseconds. */
const rounds = '1000'

/** Before OpenMP is loaded; whoever has set one of its variables is left alone. */
export function limitSpinning(environment: { [name: string]: string | undefined }): void {
  if (environment.OMP_WAIT_POLICY === undefined) environment.GOMP_SPINCOUNT ??= rounds
}
