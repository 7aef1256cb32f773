/**
 * MPI by its C library, without a header or a compiler. Two binary interfaces are in use. In that of Open
 * MPI, handles are addresses of symbols. In that of MPICH (also of Intel MPI, MVAPICH and Cray MPICH),
 * they are numbers that its ABI initiative fixes.
 */
import type { Foreign, ForeignLibrary } from '../backends/foreign/foreign.ts'
import type { Launcher } from './launcher.ts'

/** Libraries by the launcher that starts their ranks, in the order in which they are tried. */
export const libraryNames: Readonly<Record<Launcher, readonly string[]>> = {
  openmpi: ['libmpi.so.40'],
  mpich: ['libmpich.so.12', 'libmpi.so.12'],
}

/** What the library says of a call that failed. */
export class MpiError extends Error {}

export interface Mpi {
  readonly rank: number
  readonly size: number
  /** `Open MPI 5.0.7` */
  readonly version: string
  /**
   * Begins to send some bytes of an array, which stay as they are until all is over that was begun.
   * @param most the bytes that the receiver has room for, if those are more
   */
  send(to: number, array: ArrayBufferView, from: number, bytes: number, most?: number): void
  receive(from: number, array: ArrayBufferView, at: number, bytes: number): void
  /**
   * Looks what is over of all that was begun. Whether something is. Throws what the library says of a
   * failure.
   */
  advance(): boolean
  /** The ranks whose messages are not over. */
  left(): readonly number[]
  readonly isOver: boolean
  /** Memory for numbers, at the start of a cache line: else sums of wide vectors take twice as long. */
  room(length: number): Float32Array
  /** Adds `x` to `sum`, of equal length. The library has vector instructions, JavaScript has none. */
  add(sum: Float32Array, x: Float32Array): void
  finalize(): void
  abort(code: number): void
}

interface Handles {
  readonly type: 'int32' | 'address'
  readonly world: number
  readonly byte: number
  readonly float: number
  readonly sum: number
  readonly returnErrors: number
  readonly statusIgnored: number
}

function handlesOf(library: ForeignLibrary): Handles {
  const symbol = (name: string): number => {
    const address = library.addressOf(name)
    if (address === undefined) throw new Error(`the library has no ${name}`)
    return address
  }
  if (library.addressOf('ompi_mpi_comm_world') === undefined)
    return {
      type: 'int32',
      world: 0x4400_0000,
      byte: 0x4c00_010d,
      float: 0x4c00_040a,
      sum: 0x5800_0003,
      returnErrors: 0x5400_0001,
      statusIgnored: 1,
    }
  return {
    type: 'address',
    world: symbol('ompi_mpi_comm_world'),
    byte: symbol('ompi_mpi_byte'),
    float: symbol('ompi_mpi_float'),
    sum: symbol('ompi_mpi_op_sum'),
    returnErrors: symbol('ompi_mpi_errors_return'),
    statusIgnored: 0,
  }
}

/** Only the main thread calls MPI. */
const funneled = 1
/** All messages have one tag: between two ranks they arrive in the order in which they were sent. */
const tag = 7
/** The longest message: long ones are cut, so that it is seen whether they advance. */
const mostBytes = 2 ** 22
/** More than MPI_MAX_LIBRARY_VERSION_STRING of both. */
const textBytes = 16_384

/** Bytes of a cache line, and of the widest vector. */
const line = 64

/** In place of the rank of a message. */
const over = -1

/** Starts MPI in this process. Throws what the loader or the library says. */
export function openMpi(foreign: Foreign, path: string): Mpi {
  const library = foreign.load(path, { global: true })
  const handles = handlesOf(library)
  const { type: handle, world, byte, float } = handles
  const call = (name: string, ...parameters: Parameters<ForeignLibrary['function']>[2]) =>
    library.function(name, 'int32', parameters)
  const at = (array: ArrayBufferView): number => foreign.addressOf(array)
  const errorText = call('MPI_Error_string', 'int32', 'address', 'address')
  const number = new Int32Array(1)
  const text = new Uint8Array(textBytes)
  const said = (): string => Buffer.from(text.subarray(0, number[0])).toString('latin1')
  const check = (code: number, what: string): void => {
    if (code === 0) return
    errorText(code, at(text), at(number))
    // Open MPI explains each of its codes in words that tell no more.
    throw new MpiError(`${what}: ${said().replace(/^(MPI_ERR_\w+): .*$/s, '$1')}`)
  }
  const numberOf = (name: string): number => {
    check(call(name, handle, 'address')(world, at(number)), name)
    return number[0] ?? 0
  }
  const start = call('MPI_Init_thread', 'address', 'address', 'int32', 'address')
  check(start(0, 0, funneled, at(number)), 'MPI_Init_thread')
  check(
    call('MPI_Comm_set_errhandler', handle, handle)(world, handles.returnErrors),
    'MPI_Comm_set_errhandler',
  )
  call('MPI_Get_library_version', 'address', 'address')(at(text), at(number))
  const version = nameOf(said())
  const [rank, size] = [numberOf('MPI_Comm_rank'), numberOf('MPI_Comm_size')]
  const message = ['address', 'int32', handle, 'int32', 'int32', handle, 'address'] as const
  const [send, receive] = [call('MPI_Isend', ...message), call('MPI_Irecv', ...message)]
  const test = call('MPI_Testany', 'int32', 'address', 'address', 'address', 'address')
  const reduce = call('MPI_Reduce_local', 'address', 'address', 'int32', handle, handle)
  const width = handle === 'address' ? 8 : 4
  // Of each message: its request, a handle; its rank, or `over`.
  let requests = new Uint8Array(64 * width)
  const ranks: number[] = []
  let left = 0
  // C knows where they are, so they must not be collected.
  const held: ArrayBufferView[] = []
  const [index, isDone] = [new Int32Array(1), new Int32Array(1)]
  let places = [at(requests), at(index), at(isDone)] as const
  // Of requests. Those at the front are in use.
  let count = 0
  const begin = (
    how: typeof send,
    name: string,
    peer: number,
    array: ArrayBufferView,
    start: number,
    bytes: number,
    most: number,
  ): void => {
    if (most === 0) return
    held.push(array)
    const content = at(array) + start
    // The receiver waits for as many messages as it has room for, so the last ones may be empty.
    for (let from = 0; from < most; from += mostBytes) {
      if (count * width === requests.length) {
        const more = new Uint8Array(2 * requests.length)
        more.set(requests)
        requests = more
        places = [at(requests), places[1], places[2]]
      }
      const length = Math.max(0, Math.min(mostBytes, bytes - from))
      check(how(content + from, length, byte, peer, tag, world, places[0] + width * count), name)
      ranks[count++] = peer
      left++
    }
  }
  return {
    rank,
    size,
    version,
    send: (to, array, from, bytes, most = bytes) => begin(send, 'MPI_Isend', to, array, from, bytes, most),
    receive: (from, array, at, bytes) => begin(receive, 'MPI_Irecv', from, array, at, bytes, bytes),
    advance() {
      const before = left
      while (left > 0) {
        check(test(count, places[0], places[1], places[2], handles.statusIgnored), 'MPI_Testany')
        if (isDone[0] === 0) break
        ranks[index[0] ?? 0] = over
        left--
      }
      if (left === 0) {
        count = 0
        held.length = 0
      }
      return left < before
    },
    left: () => [...new Set(ranks.slice(0, count).filter((rank) => rank !== over))],
    get isOver() {
      return left === 0
    },
    room(length) {
      const numbers = new Float32Array(length + line / 4)
      const start = ((line - (at(numbers) % line)) % line) / 4
      return numbers.subarray(start, start + length)
    },
    add: (sum, x) => check(reduce(at(x), at(sum), sum.length, float, handles.sum), 'MPI_Reduce_local'),
    finalize: () => check(call('MPI_Finalize')(), 'MPI_Finalize'),
    abort: (code) => void call('MPI_Abort', handle, 'int32')(world, code),
  }
}

/** `Open MPI v5.0.7, package: ...` and `MPICH Version:      4.2.1` */
function nameOf(version: string): string {
  const [line = ''] = version.split('\n')
  const found = /^(Open MPI) v([\d.]+)|^(MPICH) Version:\s*([\d.]+)/.exec(line)
  if (found === null) return line.replace(/\0.*/s, '').slice(0, 60)
  return `${found[1] ?? found[3]} ${found[2] ?? found[4]}`
}
