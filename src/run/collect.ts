/**
 * Asks for a collection of garbage. Memory of unreachable arrays is given back by a full
 * collection only, and the engine sees no reason for one while a device fills memory of its own beside it: a
 * model would stand in memory twice through the whole first step.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Does nothing where the engine does not offer it. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext("typeof gc === 'function' ? gc : undefined")
  if (typeof collect === 'function') collect()
}
