/**
 * How an exchange is driven: its messages are begun and looked at until all are over, then arrays are added
 * up. Where there is a C compiler, a loop in C does it; elsewhere the same loop in JavaScript, which takes
 * some microseconds longer. Both make the same messages, and additions of the same bits.
 */
import { compiledLibrary, type Toolchain, thisToolchain } from '../backends/compiled/compiler.ts'
import type { Foreign, ForeignLibrary, ForeignType } from '../backends/foreign/foreign.ts'

/** Some messages, then additions. It can be repeated, on the same memory. */
export interface Exchange {
  /** Of each: its address, its bytes, the other rank, and 1 if it is sent. */
  readonly messages: Float64Array
  /** A handle of each. */
  readonly requests: Uint8Array
  /** How many messages are not over, then of each whether it is not. */
  readonly open: Int32Array
  /** Of each: the address of a sum, that of what is added to it, and their length. */
  readonly additions: Float64Array
  /** Where C finds all of this. */
  readonly place: number
  /** C knows where these are, so they must not be collected. */
  readonly held: readonly ArrayBufferView[]
}

/** Numbers of a message, and of an addition. */
export const [messageWidth, additionWidth] = [4, 3]

/**
 * Looks at messages that are not over, until the caller looks at the clock. From C to JavaScript and back
 * takes a microsecond, so C looks longer where an exchange may soon be over.
 */
const looks = { first: 1000, later: 16 }

/** All messages have one tag: between two ranks they arrive in the order in which they were sent. */
const tag = 7

/** What the binary interface of an MPI library calls its handles. */
export interface Handles {
  readonly type: 'int32' | 'address'
  readonly world: number
  readonly byte: number
  readonly float: number
  readonly sum: number
  readonly returnErrors: number
  readonly statusIgnored: number
}

const handleBytes: { readonly [type in Handles['type']]: number } = { int32: 4, address: 8 }

/** Functions return the library's code: 0 without an error. */
export interface ExchangeLoop {
  /**
   * Begins all messages, and looks at them a while. When none is left, it makes the additions. The code is
   * negative where a message does not begin, which is that of the number `open[0]`.
   */
  start(exchange: Exchange): number
  /** Looks at the messages again. */
  advance(exchange: Exchange): number
  /** Adds so many numbers at the second address to those at the first. */
  add(sum: number, x: number, length: number): number
}

/** @param held the arrays that messages and additions name */
export function exchangeOf(
  foreign: Foreign,
  { type }: Handles,
  messages: Float64Array,
  additions: Float64Array,
  held: readonly ArrayBufferView[],
): Exchange {
  const count = messages.length / messageWidth
  const requests = new Uint8Array(count * handleBytes[type])
  const open = new Int32Array(1 + count)
  const [first = 0, second = 0, third = 0, last = 0] = [messages, requests, open, additions].map(
    foreign.addressOf,
  )
  const table = Float64Array.of(count, first, second, third, additions.length / additionWidth, last)
  const place = foreign.addressOf(table)
  return { messages, requests, open, additions, place, held: [...held, table] }
}

/** The loop in JavaScript. The library adds: it has vector instructions, JavaScript has none. */
export function interpretedLoop(library: ForeignLibrary, foreign: Foreign, handles: Handles): ExchangeLoop {
  const { type: handle, world, byte, float, sum: plus, statusIgnored } = handles
  const call = (name: string, ...parameters: ForeignType[]) => library.function(name, 'int32', parameters)
  const message = ['address', 'int32', handle, 'int32', 'int32', handle, 'address'] as const
  const [send, receive] = [call('MPI_Isend', ...message), call('MPI_Irecv', ...message)]
  const test = call('MPI_Testany', 'int32', 'address', 'address', 'address', 'address')
  const reduce = call('MPI_Reduce_local', 'address', 'address', 'int32', handle, handle)
  const [index, isDone] = [new Int32Array(1), new Int32Array(1)]
  const [indexPlace, donePlace] = [foreign.addressOf(index), foreign.addressOf(isDone)]
  const add = (sum: number, x: number, length: number): number => reduce(x, sum, length, float, plus)
  const begin = ({ messages, requests, open }: Exchange): number => {
    const place = foreign.addressOf(requests)
    const count = open.length - 1
    for (let k = 0; k < count; k++) {
      const at = k * messageWidth
      const [address = 0, bytes = 0, peer = 0] = messages.subarray(at, at + 3)
      const how = messages[at + 3] === 1 ? send : receive
      const code = how(address, bytes, byte, peer, tag, world, place + k * handleBytes[handle])
      if (code !== 0) {
        open[0] = k
        return -code
      }
    }
    open.fill(1).set([count])
    return 0
  }
  const advance = ({ requests, open, additions }: Exchange): number => {
    const place = foreign.addressOf(requests)
    for (let look = 0; look < looks.later && open[0] !== 0; look++) {
      const code = test(open.length - 1, place, indexPlace, donePlace, statusIgnored)
      if (code !== 0) return code
      if (isDone[0] === 0) continue
      open[1 + (index[0] ?? 0)] = 0
      open[0] = (open[0] ?? 0) - 1
    }
    for (let at = 0; open[0] === 0 && at < additions.length; at += additionWidth) {
      const code = add(additions[at] ?? 0, additions[at + 1] ?? 0, additions[at + 2] ?? 0)
      if (code !== 0) return code
    }
    return 0
  }
  return { add, advance, start: (exchange) => begin(exchange) || advance(exchange) }
}

/** The same in C, without a header of MPI: its functions come by address. */
const sourceOf = (handle: Handles['type']): string => `
#include <stdint.h>
typedef ${handle === 'address' ? 'void *' : 'int32_t '}handle;
static int (*isend)(const void *, int, handle, int, int, handle, handle *);
static int (*irecv)(void *, int, handle, int, int, handle, handle *);
static int (*testany)(int, handle *, int *, int *, void *);
static handle world, byte;
static void *ignored;

void loop_use(intptr_t send, intptr_t receive, intptr_t test, intptr_t w, intptr_t b, intptr_t i) {
  isend = (void *)send, irecv = (void *)receive, testany = (void *)test;
  world = (handle)w, byte = (handle)b, ignored = (void *)i;
}

int loop_add(float *restrict sum, const float *restrict x, int length) {
  for (int i = 0; i < length; i++) sum[i] += x[i];
  return 0;
}

struct exchange { double count, messages, requests, open, sums, additions; };

static int advance(const struct exchange *e, int looks) {
  int *open = (int *)(intptr_t)e->open;
  while (looks-- > 0 && open[0]) {
    int index = 0, done = 0;
    int code = testany((int)e->count, (handle *)(intptr_t)e->requests, &index, &done, ignored);
    if (code) return code;
    if (done) open[1 + index] = 0, open[0]--;
  }
  const double *sum = (const double *)(intptr_t)e->additions;
  for (int k = 0; !open[0] && k < e->sums; k++, sum += ${additionWidth})
    loop_add((float *)(intptr_t)sum[0], (const float *)(intptr_t)sum[1], (int)sum[2]);
  return 0;
}

int loop_advance(const struct exchange *e) { return advance(e, ${looks.later}); }

int loop_start(const struct exchange *e) {
  const double *message = (const double *)(intptr_t)e->messages;
  handle *request = (handle *)(intptr_t)e->requests;
  int *open = (int *)(intptr_t)e->open, count = (int)e->count;
  open[0] = 0;
  for (int k = 0; k < count; k++, message += ${messageWidth}) {
    void *at = (void *)(intptr_t)message[0];
    int bytes = (int)message[1], peer = (int)message[2];
    int code = message[3] == 1 ? isend(at, bytes, byte, peer, ${tag}, world, request + k)
                               : irecv(at, bytes, byte, peer, ${tag}, world, request + k);
    if (code) return -code;
    open[1 + k] = 1, open[0] = k + 1;
  }
  return advance(e, ${looks.first});
}
`

/** Undefined without a C compiler. Before MPI starts, which dislikes that a rank starts other processes. */
export async function compiledLoop(
  library: ForeignLibrary,
  foreign: Foreign,
  { type, world, byte, statusIgnored }: Handles,
  toolchain: Toolchain = thisToolchain(),
): Promise<ExchangeLoop | undefined> {
  const compiled = await compiledLibrary(sourceOf(type), toolchain, 'caller')
  if (compiled.path === undefined) return undefined
  const loop = foreign.load(compiled.path)
  const use = loop.function('loop_use', 'void', Array<ForeignType>(6).fill('address'))
  const start = loop.function('loop_start', 'int32', ['address'])
  const advance = loop.function('loop_advance', 'int32', ['address'])
  const [send = 0, receive = 0, test = 0] = ['MPI_Isend', 'MPI_Irecv', 'MPI_Testany'].map(library.addressOf)
  use(send, receive, test, world, byte, statusIgnored)
  compiled.done()
  return {
    add: loop.function('loop_add', 'int32', ['address', 'address', 'int32']),
    start: ({ place }) => start(place),
    advance: ({ place }) => advance(place),
  }
}
