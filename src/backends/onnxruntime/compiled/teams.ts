/** How many threads of the runtime a compiled kernel is worth, and in how many steps they do it. */
import type { FunctionName } from '../../compiled/source/index.ts'

/**
 * Elements from which on a second thread is worth waking, of kernels that do little with each, and of others.
 */
const [worthLight, worthHeavy] = [2 ** 15, 2 ** 13]
const light: ReadonlySet<FunctionName> = new Set([
  'each_dropout',
  'gather_positions',
  'scatter_positions',
  'sum_columns',
  'copy_rows',
  'fill_zeros',
  'add_to',
  'squares_of_all',
  'adaptive_update_all',
])
/** They add up what others of their team have, or to what others have cleared: one does it all. */
const serial: ReadonlySet<FunctionName> = new Set(['sum_each', 'normalise_scale_gradient', 'lookup_gradient'])
/** Kernels whose parts wait for all members of a team. */
const phases: { readonly [name in FunctionName]?: number } = {
  scatter_positions: 3,
  squares_of_all: 2,
  adaptive_update_all: 2,
}

export function phasesOf(kernel: FunctionName): number {
  return phases[kernel] ?? 1
}

/** Members of a team for so many elements. */
export function membersFor(kernel: FunctionName, elements: number, threads: number): number {
  const worth = light.has(kernel) ? worthLight : worthHeavy
  return serial.has(kernel) || elements < worth ? 1 : threads
}
