/** Frees large arrays that nobody has any more at once: a host that waits for another thread makes no garbage, and so would keep them for the whole first step. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export function collectGarbage(): void {
  // contexts made after this flag was set have the function
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
}
