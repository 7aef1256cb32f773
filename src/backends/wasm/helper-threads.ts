/**
 * Helper threads for large matrix products. The memory of TensorFlow.js cannot be shared between threads. So
 * operands are copied into shared memory, and rows of helpers are copied back. Rows are assigned in blocks:
 * the caller takes them from the front, helpers from the back. The caller never sleeps. If a helper is
 * suspended, the caller recomputes its block. Each element is the same sum in the same order in every thread,
 * so results do not depend on threads.
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { activationGradients, type EpilogueName, epilogues } from './activations.ts'
import { tileColumns } from './gemm.ts'
import { sharedProductModule } from './vectors.ts'

/** Pages of 64 KiB: at most 512 MiB are shared. */
const maximumPages = 8192
const initialPages = 64
const page = 65536
const float = 4

/** Words of the control block at the start of the shared memory. */
const word = { sequence: 0, ready: 1, parameters: 2, states: 32 } as const
const mostBlocks = 512
const mostHelpers = 3
/** Where operands begin: after the control block and room for the edge of each helper. */
const edges = 4096
const operands = 8192

/** How long the caller waits for a helper's block before it does the work itself, in milliseconds. */
const patience = 0.2
/** For how many products a machine that is busy with other work is left alone after that happened. */
const respite = 50

/** C = A B + bias, B packed in strips. Addresses and distances are in bytes of the caller's memory. */
export interface Product {
  readonly a: number
  readonly rowStride: number
  readonly alongStride: number
  readonly packed: number
  readonly depth: number
  readonly rows: number
  readonly columns: number
  /** Dense rows. */
  readonly c: number
  /** `columns` numbers, filled up to complete strips; or 0. */
  readonly bias: number
  /** Done with each block of the result. */
  readonly epilogue: EpilogueName | undefined
  /** For a gradient, its first operand, as dense as the result; otherwise 0. */
  readonly x: number
}

export class HelperThreads {
  private readonly memory: WebAssembly.Memory
  private readonly control: Int32Array
  private readonly count: number
  private job = 0
  private done = 0
  private resting = 0

  private constructor(count: number) {
    this.count = count
    this.memory = new WebAssembly.Memory({ initial: initialPages, maximum: maximumPages, shared: true })
    this.control = new Int32Array(this.memory.buffer, 0, edges / 4)
    const module = sharedProductModule(maximumPages)
    for (let helper = 0; helper < count; helper++) {
      const workerData = { module, memory: this.memory, edge: edges + 64 * helper, word }
      // A helper must not keep the process alive, and one that fails is only missed: the caller does its
      // blocks.
      new Worker(helperProgram, { eval: true, workerData, execArgv: [] }).on('error', () => {}).unref()
    }
  }

  /** Starts helpers for all cores but one; undefined on a machine with one, or where `threads` is 1. */
  static start(threads = availableParallelism()): HelperThreads | undefined {
    const count = Math.min(threads - 1, mostHelpers)
    return count < 1 ? undefined : new HelperThreads(count)
  }

  /** Blocks that helpers have computed so far. */
  get helped(): number {
    return this.done
  }

  /**
   * Computes a product; `block(first, last)` computes rows of it in the caller's memory. Returns false,
   * without an effect, if operands are too scattered for a copy to pay, or no helper has started yet.
   */
  run(product: Product, floats: () => Float32Array, block: (first: number, last: number) => void): boolean {
    const { control } = this
    const { rows, columns, depth, rowStride, alongStride } = product
    const strips = Math.ceil(columns / tileColumns)
    const blockRows = Math.max(
      8,
      Math.ceil(rows / mostBlocks / 4) * 4,
      Math.ceil(rows / (16 * (this.count + 1)) / 4) * 4,
    )
    const blocks = Math.ceil(rows / blockRows)
    // the caller begins at once, so helpers never get to the first blocks
    const firstShared = Math.floor(blocks / (this.count + 2))
    const alongRows = alongStride === float
    const sharedFrom = alongRows ? firstShared * blockRows * rowStride : 0
    const spanA = alongRows ? rows * rowStride - sharedFrom : (depth - 1) * alongStride + rows * rowStride
    if (!alongRows && rowStride !== float) return false
    if (this.resting > 0) {
      this.resting--
      return false
    }
    if (spanA > 2 * rows * depth * float || Atomics.load(control, word.ready) === 0) return false
    const a = operands
    const packed = aligned(a + spanA)
    const bias = aligned(packed + strips * depth * tileColumns * float)
    const c = aligned(bias + strips * tileColumns * float)
    const x = aligned(c + rows * columns * float)
    if (!this.reserve(x + (product.x === 0 ? 0 : rows * columns * float))) return false

    const own = floats()
    const shared = new Float32Array(this.memory.buffer)
    const copy = (to: number, from: number, bytes: number): void =>
      shared.set(own.subarray(from / float, (from + bytes) / float), to / float)
    copy(a, product.a + sharedFrom, spanA)
    copy(packed, product.packed, strips * depth * tileColumns * float)
    if (product.bias !== 0) copy(bias, product.bias, strips * tileColumns * float)
    const skipped = firstShared * blockRows * columns * float
    if (product.x !== 0) copy(x + skipped, product.x + skipped, rows * columns * float - skipped)
    const job = ++this.job & 0x0fffffff
    const parameters = [a - sharedFrom, rowStride, alongStride, packed, depth, rows, columns, c]
    control.set(
      [
        ...parameters,
        product.bias === 0 ? 0 : bias,
        blockRows,
        blocks,
        firstShared,
        product.epilogue === undefined ? -1 : epilogues.indexOf(product.epilogue),
        x,
      ],
      word.parameters,
    )
    for (let k = 0; k < blocks; k++) Atomics.store(control, word.states + k, job * 4)
    Atomics.store(control, word.sequence, job)
    Atomics.notify(control, word.sequence)

    const compute = (k: number): void => block(k * blockRows, Math.min(rows, (k + 1) * blockRows))
    let front = 0
    while (
      front < blocks &&
      Atomics.compareExchange(control, word.states + front, job * 4, job * 4 + 1) === job * 4
    )
      compute(front++)
    for (let k = blocks - 1; k >= front; k--) {
      if (!this.finished(k, job)) {
        this.resting = respite
        compute(k)
        continue
      }
      this.done++
      const first = k * blockRows
      const size = (Math.min(rows, first + blockRows) - first) * columns
      const from = c / float + first * columns
      floats().set(shared.subarray(from, from + size), product.c / float + first * columns)
    }
    return true
  }

  private finished(block: number, job: number): boolean {
    const place = word.states + block
    if (Atomics.load(this.control, place) === job * 4 + 3) return true
    const end = performance.now() + patience
    do {
      for (let turn = 0; turn < 50; turn++) if (Atomics.load(this.control, place) === job * 4 + 3) return true
    } while (performance.now() < end)
    return false
  }

  private reserve(bytes: number): boolean {
    const missing = Math.ceil((bytes - this.memory.buffer.byteLength) / page)
    if (missing <= 0) return true
    try {
      this.memory.grow(missing)
      return true
    } catch {
      return false
    }
  }
}

function aligned(address: number): number {
  return Math.ceil(address / 64) * 64
}

/**
 * The program of a helper. It sleeps until there is a job, takes blocks of rows from the back, and marks each
 * as done. States have the job's number, so that a helper that was suspended cannot change a later job. It is
 * text, because it must run from any bundle.
 */
const helperProgram = `
const { workerData: { module, memory, edge, word } } = require('node:worker_threads')
const { strip, ...functions } = new WebAssembly.Instance(module, { env: { memory } }).exports
const epilogues = ${JSON.stringify(epilogues)}
const gradients = ${JSON.stringify(activationGradients)}
const control = new Int32Array(memory.buffer, 0, 1024)
Atomics.store(control, word.ready, 1)
let job = 0
for (;;) {
  Atomics.wait(control, word.sequence, job)
  job = Atomics.load(control, word.sequence)
  const [a, rowStride, alongStride, packed, depth, rows, columns, c, bias, blockRows, blocks, firstShared, epilogue, x] =
    control.slice(word.parameters, word.parameters + 14)
  for (let k = blocks - 1; k >= firstShared; k--) {
    const state = word.states + k
    if (Atomics.compareExchange(control, state, job * 4, job * 4 + 2) !== job * 4) continue
    const first = k * blockRows
    const count = Math.min(blockRows, rows - first)
    for (let j = 0; j < columns; j += ${tileColumns}) {
      const live = Math.min(${tileColumns}, columns - j)
      strip(a + first * rowStride, rowStride, alongStride, packed + j * depth * 4, depth, count, live,
        c + (first * columns + j) * 4, columns * 4, bias === 0 ? 0 : bias + j * 4, edge)
    }
    const name = epilogues[epilogue]
    const to = c + first * columns * 4
    if (gradients.includes(name)) functions[name](x + first * columns * 4, to, to, count * columns)
    else if (name) functions[name](to, to, count * columns)
    Atomics.compareExchange(control, state, job * 4 + 2, job * 4 + 3)
  }
}
`
