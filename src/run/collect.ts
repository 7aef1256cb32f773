/**
 * Requests a garbage collection. Only a full collection frees the memory of unreachable arrays, and the
 * engine sees no need for one while a device allocates its own memory. Without it a model would be in memory
 * twice during the complete first step.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Does nothing where the engine does not offer it. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext("typeof gc === 'function' ? gc : undefined")
  if (typeof collect === 'function') collect()
}
