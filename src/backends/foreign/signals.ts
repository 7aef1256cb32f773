/**
 * Blocks signals on a thread while it runs C code that they must not interrupt. oneDNN's product by panels,
 * called on koffi's stack, writes outside its buffers if a handler runs during it. Blocked signals are
 * delivered afterwards.
 */
import type { Foreign } from './foreign.ts'
import type { NativeMemory } from './memory.ts'

export interface Signals {
  hold(): void
  deliver(): void
}

/** As large as any system's set of signals. */
const setBytes = 128

export function signalsOf(foreign: Foreign, memory: NativeMemory): Signals {
  if (process.platform === 'win32') return { hold: () => {}, deliver: () => {} }
  const libc = foreign.load(null)
  const mask = libc.function('pthread_sigmask', 'int32', ['int32', 'address', 'address'])
  const fill = libc.function('sigfillset', 'int32', ['address'])
  const [block, set] = process.platform === 'linux' ? [0, 2] : [1, 3]
  const all = memory.allocate(setBytes).address
  const before = memory.allocate(setBytes).address
  fill(all)
  return {
    hold: () => {
      mask(block, all, before)
    },
    deliver: () => {
      mask(set, before, 0)
    },
  }
}
