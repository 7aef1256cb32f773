/**
 * Pages of the operating system: address space that is reserved at once and becomes memory where it is first
 * written to.
 */
import type { Foreign } from './foreign.ts'

export interface Pages {
  /** Address of `bytes` of zeros. Throws where the system refuses. */
  reserve(bytes: number): number
  /**
   * Frees the memory and keeps the addresses. Later reads give zeros, or on macOS possibly the old content.
   */
  empty(address: number, bytes: number): void
  /** Whether that is so at once: macOS takes the memory when it needs it. */
  readonly emptyIsZero: boolean
}

const readAndWrite = 3

export function pagesOf(foreign: Foreign): Pages {
  return process.platform === 'win32' ? windowsPages(foreign) : posixPages(foreign)
}

function posixPages(foreign: Foreign): Pages {
  const libc = foreign.load(null)
  const mmap = libc.function('mmap', 'address', ['address', 'int64', 'int32', 'int32', 'int32', 'int64'])
  const madvise = libc.function('madvise', 'int32', ['address', 'int64', 'int32'])
  const linux = process.platform === 'linux'
  // private, anonymous, and not counted against what the system may promise
  const flags = linux ? 0x2 | 0x20 | 0x4000 : 0x2 | 0x1000 | 0x40
  const unneeded = linux ? 4 : 5
  const huge = 14
  return {
    reserve: (bytes) => {
      const address = mmap(0, bytes, readAndWrite, flags, -1, 0)
      if (address === -1 || address === 0) throw new Error(`no address space of ${bytes} bytes`)
      // Fewer faults and fewer misses of the address cache. Refused where the system has no large pages.
      if (linux) madvise(address, bytes, huge)
      return address
    },
    empty: (address, bytes) => {
      madvise(address, bytes, unneeded)
    },
    emptyIsZero: linux,
  }
}

function windowsPages(foreign: Foreign): Pages {
  const kernel = foreign.load('kernel32.dll')
  const allocate = kernel.function('VirtualAlloc', 'address', ['address', 'int64', 'int32', 'int32'])
  const free = kernel.function('VirtualFree', 'int32', ['address', 'int64', 'int32'])
  const commit = 0x1000
  const reserve = 0x2000
  const decommit = 0x4000
  const readWrite = 4
  return {
    reserve: (bytes) => {
      const address = allocate(0, bytes, reserve | commit, readWrite)
      if (address === 0) throw new Error(`no memory of ${bytes} bytes`)
      return address
    },
    empty: (address, bytes) => {
      free(address, bytes, decommit)
      allocate(address, bytes, commit, readWrite)
    },
    emptyIsZero: true,
  }
}
