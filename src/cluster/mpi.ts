/**
 * MPI by its C library, without a header or a compiler. Two binary interfaces are in use. In that of Open
 * MPI, handles are addresses of symbols. In that of MPICH (also of Intel MPI, MVAPICH and Cray MPICH),
 * they are numbers that its ABI initiative fixes.
 */
import type { Foreign, ForeignLibrary } from '../backends/foreign/foreign.ts'
import {
  compiledLoop,
  type Exchange,
  exchangeOf,
  type Handles,
  interpretedLoop,
  messageWidth,
} from './exchange-loop.ts'
import type { Launcher } from './launcher.ts'

/** Libraries by the launcher that starts their ranks, in the order in which they are tried. */
export const libraryNames: Readonly<Record<Launcher, readonly string[]>> = {
  openmpi: ['libmpi.so.40'],
  mpich: ['libmpich.so.12', 'libmpi.so.12'],
}

/** What the library says of a call that failed. */
export class MpiError extends Error {}

/** Some bytes of an array, to another rank or from it. They stay as they are until the exchange is over. */
export interface Message {
  readonly peer: number
  readonly isSent: boolean
  readonly array: ArrayBufferView
  /** In bytes. */
  readonly at: number
  readonly bytes: number
  /** Of what is sent: the bytes that the receiver has room for, if those are more. */
  readonly room?: number
}

/** The second is added to the first, of equal length. */
export type Addition = readonly [sum: Float32Array, x: Float32Array]

export interface Mpi {
  readonly rank: number
  readonly size: number
  /** `Open MPI 5.0.7` */
  readonly version: string
  /** An exchange that can be repeated. The additions follow its messages. */
  prepare(messages: readonly Message[], additions?: readonly Addition[]): Exchange
  /** Begins an exchange, when the one before is over. Throws what the library says of a failure. */
  start(exchange: Exchange): void
  /** Looks at the exchange for some microseconds. Throws the same. */
  advance(exchange: Exchange): void
  /** Memory for numbers, at the start of a cache line: else sums of wide vectors take twice as long. */
  room(length: number): Float32Array
  /** Adds `x` to `sum`, of equal length. */
  add(sum: Float32Array, x: Float32Array): void
  finalize(): void
  abort(code: number): void
}

/** The ranks whose messages are not over. */
export function ranksLeft({ open, messages }: Exchange): readonly number[] {
  const peers = [...open.subarray(1)].flatMap((isOpen, k) =>
    isOpen === 1 ? [messages[messageWidth * k + 2] ?? 0] : [],
  )
  return [...new Set(peers)]
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
/** The longest message: long ones are cut, so that it is seen whether they advance. */
const mostBytes = 2 ** 22
/** More than MPI_MAX_LIBRARY_VERSION_STRING of both. */
const textBytes = 16_384

/** Bytes of a cache line, and of the widest vector. */
const line = 64

/** Starts MPI in this process. Rejects with what the loader or the library says. */
export async function openMpi(foreign: Foreign, path: string): Promise<Mpi> {
  const library = foreign.load(path, { global: true })
  const handles = handlesOf(library)
  const { type: handle, world } = handles
  const loop = (await compiledLoop(library, foreign, handles)) ?? interpretedLoop(library, foreign, handles)
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
  return {
    rank,
    size,
    version,
    prepare(messages, additions = []) {
      const rows = messages.flatMap(({ peer, isSent, array, at: from, bytes, room = bytes }) =>
        // The receiver waits for as many messages as it has room for, so the last ones may be empty.
        Array.from({ length: Math.ceil(room / mostBytes) }, (_, k) => {
          const length = Math.max(0, Math.min(mostBytes, bytes - k * mostBytes))
          return [at(array) + from + k * mostBytes, length, peer, isSent ? 1 : 0]
        }),
      )
      return exchangeOf(
        foreign,
        handles,
        Float64Array.from(rows.flat()),
        Float64Array.from(additions.flatMap(([sum, x]) => [at(sum), at(x), sum.length])),
        [...messages.map(({ array }) => array), ...additions.flat()],
      )
    },
    start(exchange) {
      const code = loop.start(exchange)
      if (code < 0) check(-code, isSentAt(exchange) ? 'MPI_Isend' : 'MPI_Irecv')
      check(code, 'MPI_Testany')
    },
    advance: (exchange) => check(loop.advance(exchange), 'MPI_Testany'),
    room(length) {
      const numbers = new Float32Array(length + line / 4)
      const start = ((line - (at(numbers) % line)) % line) / 4
      return numbers.subarray(start, start + length)
    },
    add: (sum, x) => check(loop.add(at(sum), at(x), sum.length), 'MPI_Reduce_local'),
    finalize: () => check(call('MPI_Finalize')(), 'MPI_Finalize'),
    abort: (code) => void call('MPI_Abort', handle, 'int32')(world, code),
  }
}

/** Whether the message that did not begin is sent. */
function isSentAt({ open, messages }: Exchange): boolean {
  return messages[messageWidth * (open[0] ?? 0) + 3] === 1
}

/** `Open MPI v5.0.7, package: ...` and `MPICH Version:      4.2.1` */
function nameOf(version: string): string {
  const [line = ''] = version.split('\n')
  const found = /^(Open MPI) v([\d.]+)|^(MPICH) Version:\s*([\d.]+)/.exec(line)
  if (found === null) return line.replace(/\0.*/s, '').slice(0, 60)
  return `${found[1] ?? found[3]} ${found[2] ?? found[4]}`
}
