/**
 * The compiled nodes of one model. Nodes of one kind (op, attributes, types) share a cell, which has the
 * address of their arguments. Before a run at other sizes, each cell gets the block of these sizes. Batches
 * of real texts have many sizes, so blocks are made when a size first occurs, and some are cached.
 */
import type { BatchSizes, Node, RandomKey, RowSymbol, TensorType } from '../../../graph/graph.ts'
import { equalTypes, rowSymbolsOf, sizesKey } from '../../../graph/type.ts'
import type { OnnxDType } from '../../../onnx/protobuf.ts'
import { type Site, siteOf } from '../../../run/site.ts'
import { type FunctionName, functionNames } from '../../compiled/source/index.ts'
import type { Block, NativeMemory } from '../../foreign/memory.ts'
import type { CompiledOperators } from './operators.ts'
import type { Recorded, RecordedCall } from './recorder.ts'
import {
  aNumber,
  lastOfInput,
  likeInput,
  likeProduct,
  likeRows,
  mostInputs,
  type OperatorName,
  operators,
  rowsOfInput,
} from './source.ts'
import { membersFor, phasesOf } from './teams.ts'

/** As much of a node as a kernel is made from. */
type Kind = Pick<Node, 'op' | 'attributes' | 'type'> & {
  readonly inputs: readonly Pick<Node, 'op' | 'type'>[]
}

/** What a node of the model is: its operator, and the cell that is its attribute. */
export interface CompiledNode {
  readonly operator: OperatorName
  readonly cell: number
  /** Of its first result. */
  readonly dtype: OnnxDType
}

interface Entry {
  readonly node: CompiledNode
  /** Undefined where no kernel has it at these sizes. */
  readonly numbers: (sizes: BatchSizes, random: RandomKey) => Numbers | undefined
  readonly cell: Float64Array
  readonly room: Block
}

/** A block, and whether it differs from step to step. */
interface Numbers {
  readonly numbers: readonly number[]
  readonly random: boolean
}

interface Blocks {
  readonly room: Block
  readonly numbers: Float64Array
  /** By entry: where its block begins, in numbers. */
  readonly starts: readonly number[]
  /** Entries whose calls differ from step to step. */
  readonly random: readonly Entry[]
}

/** Number of sizes whose blocks are cached. */
const mostSizes = 256

const noRandom: RandomKey = { seed: 0, stage: '', step: 0 }

export class CompiledNodes {
  private readonly operators: CompiledOperators
  private readonly memory: NativeMemory
  private readonly threads: number
  private readonly entries = new Map<string, Entry>()
  private readonly blocks = new Map<string, Blocks>()
  private rows: ReadonlySet<RowSymbol> = new Set()
  private current: Blocks | undefined

  constructor(operators: CompiledOperators, memory: NativeMemory, threads: number) {
    this.operators = operators
    this.memory = memory
    this.threads = threads
  }

  /** The node that does an op; undefined where no kernel has it at these sizes. */
  of(kind: Kind, sizes: BatchSizes): CompiledNode | undefined {
    if (kind.inputs.length > mostInputs) return undefined
    const key = keyOf(kind)
    const known = this.entries.get(key)
    if (known !== undefined) return known.node
    const recorded = this.operators.recorded(siteOf(kind, sizes), noRandom)
    const operator = recorded && operatorOf(kind, recorded)
    if (operator === undefined) return undefined
    const types = [kind.type, ...kind.inputs.map(({ type }) => type)]
    this.rows = new Set([...this.rows, ...rowSymbolsOf(types.flatMap(({ dimensions }) => dimensions))])
    return this.enter(key, operator, (now, random) => this.numbersOf(kind, now, random))
  }

  /** Rows of a matrix in bytes, and the scale of each (int8.ts). */
  bytesOfRows(): CompiledNode {
    const list = ['int8_rows', [2, 0, 1, rowsOfInput, lastOfInput], []] as const
    return this.byRows('KernelOfBytesAndFloats', [likeInput, likeRows], 1, list)
  }

  /**
   * A matrix whose rows are multiplied by a scale each; then a bias is added and an activation applied, by
   * their number in the source.
   */
  scaledRows(activation?: number): CompiledNode {
    const biased = activation !== undefined
    const bias = biased ? 3 : aNumber
    const list = [
      'scaled_rows',
      [1, 2, bias, 0, rowsOfInput, lastOfInput, aNumber],
      [[6, activation ?? 0]],
    ] as const
    return this.byRows('KernelOverFloats', [likeInput], biased ? 3 : 2, list)
  }

  /** Whether there is `int8Product`. */
  get hasInt8(): boolean {
    return this.operators.hasInt8
  }

  /**
   * Rows of bytes times those of a weight of so many rows, of the inputs values, weight, scales of the
   * weight, sums of its rows, scales; then bias and activation as above.
   */
  int8Product(columns: number, activation?: number): CompiledNode {
    const biased = activation !== undefined
    const from = [1, 5, 2, 3, 4, biased ? 6 : aNumber, 0, rowsOfInput, aNumber, lastOfInput, aNumber]
    const given = [
      [8, columns],
      [10, activation ?? 0],
    ] as const
    return this.byRows('KernelOfFloats', [likeProduct, columns], biased ? 6 : 5, [
      'int8_product',
      from,
      given,
    ])
  }

  /** A node whose shapes follow its first input's. */
  private byRows(
    operator: OperatorName,
    results: readonly number[],
    inputs: number,
    [kernel, from, given]: readonly [FunctionName, readonly number[], readonly (readonly [number, number])[]],
  ): CompiledNode {
    const key = JSON.stringify([kernel, results, from, given])
    const values = from.map((_, place) => new Map(given).get(place) ?? 0)
    const call = [functionNames.indexOf(kernel), 1, this.threads, from.length, ...from, ...values]
    const numbers = [inputs, operators[operator].results.length, ...results, 1, ...call]
    return this.entries.get(key)?.node ?? this.enter(key, operator, () => ({ numbers, random: false }))
  }

  private enter(key: string, operator: OperatorName, numbers: Entry['numbers']): CompiledNode {
    const room = this.memory.allocate(8, true)
    const node = { operator, cell: room.address, dtype: operators[operator].results[0] }
    this.entries.set(key, { node, numbers, cell: room.doubles(1), room })
    return node
  }

  /** Whether there are kernels for all nodes at these sizes: there may be none for an axis of one element. */
  serves(sizes: BatchSizes): boolean {
    return this.blocksAt(sizes) !== undefined
  }

  /** To be called before each run, at sizes that it serves. */
  prepare(sizes: BatchSizes, random: RandomKey): void {
    const blocks = this.blocksAt(sizes)
    if (blocks === undefined) throw new Error('a compiled node without a kernel at these sizes')
    const entries = [...this.entries.values()]
    if (blocks !== this.current) {
      this.current = blocks
      entries.forEach(({ cell }, i) => {
        cell[0] = blocks.room.address + 8 * (blocks.starts[i] ?? 0)
      })
    }
    for (const entry of blocks.random) {
      const now = entry.numbers(sizes, random)
      if (now !== undefined) blocks.numbers.set(now.numbers, blocks.starts[entries.indexOf(entry)])
    }
  }

  free(): void {
    for (const { room } of [...this.entries.values(), ...this.blocks.values()]) room.free()
    this.entries.clear()
    this.blocks.clear()
  }

  private blocksAt(sizes: BatchSizes): Blocks | undefined {
    const key = sizesKey(sizes, this.rows)
    const blocks = this.blocks.get(key) ?? this.make(sizes)
    if (blocks === undefined) return undefined
    // the latest used last
    this.blocks.delete(key)
    this.blocks.set(key, blocks)
    for (const [old, { room }] of this.blocks) {
      if (this.blocks.size <= mostSizes) break
      this.blocks.delete(old)
      room.free()
    }
    return blocks
  }

  private make(sizes: BatchSizes): Blocks | undefined {
    const made: (Numbers & { readonly entry: Entry })[] = []
    const starts: number[] = []
    let length = 0
    for (const entry of this.entries.values()) {
      const own = entry.numbers(sizes, noRandom)
      if (own === undefined) return undefined
      made.push({ entry, ...own })
      starts.push(length)
      length += own.numbers.length
    }
    const room = this.memory.allocate(8 * length, true)
    const all = room.doubles(length)
    made.forEach(({ numbers }, i) => {
      all.set(numbers, starts[i])
    })
    return {
      room,
      numbers: all,
      starts,
      random: made.flatMap(({ entry, random }) => (random ? [entry] : [])),
    }
  }

  private numbersOf(kind: Kind, sizes: BatchSizes, key: RandomKey): Numbers | undefined {
    const site = siteOf(kind, sizes)
    const recorded = this.operators.recorded(site, key) ?? ofNothing(site)
    if (recorded === undefined) return undefined
    const { calls, random } = recorded
    const { shape } = site.output
    const numbers = [site.inputs.length, 1, shape.length, ...shape, calls.length]
    for (const call of calls) numbers.push(...callNumbers(call, this.members(call, site)))
    return { numbers, random }
  }

  private members({ kernel }: RecordedCall, site: Site): number {
    const elements = Math.max(site.output.size, ...site.inputs.map(({ size }) => size))
    return membersFor(kernel, elements, this.threads)
  }
}

/** As operatorSource reads it. */
function callNumbers({ kernel, arguments: list }: RecordedCall, members: number): number[] {
  const from = list.map((one) => (typeof one === 'number' ? aNumber : one.operand))
  const values = list.map((one) => (typeof one === 'number' ? one : one.bytes))
  return [functionNames.indexOf(kernel), phasesOf(kernel), members, list.length, ...from, ...values]
}

/**
 * Kernels do not have empty operands: nothing is to be done then, or nothing was to be added up. Undefined
 * for others.
 */
function ofNothing({ inputs, output }: Site): Recorded | undefined {
  const all = (calls: readonly RecordedCall[]): Recorded => ({ calls, random: false, over: false })
  if (output.size === 0) return all([])
  if (inputs.every(({ size }) => size > 0)) return undefined
  return all([{ kernel: 'fill_zeros', arguments: [{ operand: 0, bytes: 0 }, output.size] }])
}

/** Bytes of kept elements are no booleans, because operators compute with them. */
function operatorOf({ op, type, inputs: [first] }: Kind, { over }: Recorded): OperatorName | undefined {
  if (op === 'dropout_keep') return 'KernelOfBytes'
  if (type.dtype === 'i32') return undefined
  if (type.dtype === 'bool') return 'KernelOfBooleans'
  return over && first !== undefined && equalTypes(first.type, type)
    ? 'KernelPerhapsOverFloats'
    : 'KernelOfFloats'
}

function keyOf({ op, attributes, type, inputs }: Kind): string {
  const types: TensorType[] = [type, ...inputs.map((input) => input.type)]
  return JSON.stringify([op, attributes, types])
}
