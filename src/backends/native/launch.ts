/** The quick way to execute a primitive: all that it takes in one call of compiled code. */

import { type Functions, fine } from '../compiled/functions.ts'
import type { Engine, Launch } from './engine.ts'

/** Undefined if the library does not provide addresses of its functions. */
export function quickLaunch(engine: Engine, functions: Functions): Launch | undefined {
  const set = engine.addressOf('dnnl_memory_set_data_handle')
  const execute = engine.addressOf('dnnl_primitive_execute')
  if (set === undefined || execute === undefined) return undefined
  const call = functions.bind('launch_primitive')
  return ({ handle, memories, list, uninterrupted }, addresses) => {
    const status = call(
      set,
      execute,
      engine.stream,
      handle,
      list,
      memories.length,
      uninterrupted ? 1 : 0,
      ...addresses,
    )
    if (status !== fine) engine.require('dnnl_primitive_execute', status)
  }
}
