/**
 * What the frozen models of a stage say of its batches: computed once for each example before the first step,
 * in an order that follows from the data alone, and kept; or computed for each batch, where that is cheaper
 * or the records would take too much. Which of both is decided once a stage, because the last bits of a value
 * may depend on what else is in its batch.
 */
import { createHash } from 'node:crypto'
import type { Stage } from '../../check/program.ts'
import type { Batch, Example } from '../../data/dataset.ts'
import type { RandomKey } from '../../graph/graph.ts'
import { pays } from '../../optimize/cache-cost.ts'
import type { FrozenPart } from '../../optimize/pass.ts'
import { positionsOf } from '../../run/positions.ts'
import type { HostTensor, Runner, RunRequest } from '../../run/runner.ts'
import type { DataProvider } from '../feed.ts'
import { formatBytes } from '../format.ts'
import type { FrozenProgress } from '../observer.ts'
import type { ParameterStore } from '../parameters.ts'
import { ArrayRoom, type Numbers } from './array-room.ts'
import { type CacheLimits, placeOf } from './cache-limits.ts'
import { RecordStore } from './record-store.ts'
import { Records } from './records.ts'

/** Whether a stage keeps records or computes: what a resumed run has to repeat. */
export type FrozenMode = 'kept' | 'computed'

export interface FrozenValuesOptions {
  readonly stage: Stage
  readonly frozen: FrozenPart
  readonly runner: Runner
  readonly store: ParameterStore
  readonly data: DataProvider
  /** The data block, and its longest example. */
  readonly dataName: string
  readonly maxLength: number
  /** Steps of the whole stage. */
  readonly steps: number
  readonly random: RandomKey
  /** Where the file of records is, if there is one. */
  readonly file: string
  readonly limits: CacheLimits
  /** Of the resumed run. */
  readonly before?: FrozenMode
}

export class FrozenValues {
  readonly mode: FrozenMode
  /** Why values are computed in every step, where that is for lack of room. */
  readonly note: string | undefined
  private readonly options: FrozenValuesOptions
  private readonly records: Records
  private readonly batches: readonly (readonly Example[])[]
  /** Batch and place in it of each example, by id. */
  private readonly places = new Map<number, readonly [batch: number, index: number]>()
  private readonly bytes: number
  private kept: RecordStore | undefined
  /** Of the micro-batches of a step. */
  private readonly rooms: ArrayRoom[] = []

  constructor(options: FrozenValuesOptions) {
    const { stage, frozen, data, dataName, maxLength, runner } = options
    this.options = options
    this.records = new Records(frozen.values, maxLength)
    this.batches = data.evaluation(dataName, 'train', stage.microbatch ?? stage.batch)
    let [numbers, examples] = [0, 0]
    for (const [batch, members] of this.batches.entries()) {
      for (const [index, example] of members.entries()) {
        this.places.set(example.id, [batch, index])
        numbers += this.records.size(example)
        examples++
      }
    }
    this.bytes = numbers * bytesEach(runner)
    const { limits, before, steps } = options
    const fits = this.bytes <= Math.max(limits.memory, limits.disk)
    const times = (steps * stage.batch) / Math.max(1, examples)
    const isCheaper = pays(times, frozen.flops, (4 * numbers) / Math.max(1, examples))
    this.mode = before ?? (fits && isCheaper ? 'kept' : 'computed')
    if (this.mode === 'computed' && isCheaper && !fits) this.note = this.tooLarge()
  }

  /**
   * The batch with the values of the frozen models as inputs, valid until the next one of that `place` among
   * the micro-batches of a step is asked for.
   */
  complete(batch: Batch, place = 0): Batch {
    const { sizes, inputs } = positionsOf(batch.inputs, batch)
    const values =
      this.mode === 'computed'
        ? this.compute(batch)
        : this.records.assemble(batch, sizes, (example) => this.recordOf(example), this.roomAt(place))
    return { ...batch, inputs: new Map([...batch.inputs, ...inputs, ...values]) }
  }

  /**
   * Makes the records that are not there yet. Gives up where `interrupted` says so, at the end of a batch.
   */
  async fill(progress: (event: FrozenProgress) => void, interrupted: () => boolean): Promise<void> {
    if (this.mode === 'computed') return
    const { data, dataName, random, stage, frozen, runner } = this.options
    this.kept = this.open()
    const { kept, batches } = this
    const total = this.places.size
    let done = batches.slice(0, kept.done).reduce((sum, members) => sum + members.length, 0)
    const event = { stage: stage.name, models: frozen.models, total, bytes: kept.bytes }
    if (!kept.complete) progress({ ...event, done })
    const room = new ArrayRoom()
    while (!kept.complete && !interrupted()) {
      const examples = batches[kept.done] ?? []
      const padded = this.records.readsPadding ? 'max_length' : undefined
      const batch = data.batch(dataName, examples, random, 0, padded)
      const { sizes } = positionsOf(batch.inputs, batch)
      const cut = (values: ReadonlyMap<string, HostTensor>): Numbers =>
        this.records.cut(batch, sizes, values, kept.holds ? undefined : room)
      const request = this.requestOf(batch)
      kept.append(runner.lend?.(frozen.graph, request, cut) ?? cut(runner.run(frozen.graph, request)))
      done += examples.length
      progress({ ...event, done })
      // Lets a Ctrl-C and the screen in.
      await new Promise(setImmediate)
    }
    if (kept.complete) runner.forget?.(frozen.graph)
    runner.dropCopies?.(this.parameters())
  }

  /** To be called when the run ends in the middle of the stage. */
  close(): void {
    this.kept?.close()
  }

  /** To be called when the stage is over: its records are not needed again. */
  discard(): void {
    this.kept?.discard()
    this.kept = undefined
  }

  private compute(batch: Batch): ReadonlyMap<string, HostTensor> {
    return this.options.runner.run(this.options.frozen.graph, this.requestOf(batch))
  }

  private requestOf(batch: Batch): RunRequest {
    const { store, random } = this.options
    const positions = positionsOf(batch.inputs, batch)
    const inputs = new Map([...batch.inputs, ...positions.inputs])
    return { sizes: positions.sizes, inputs, parameter: store.get, random }
  }

  private roomAt(place: number): ArrayRoom {
    const room = this.rooms[place] ?? new ArrayRoom()
    this.rooms[place] = room
    return room
  }

  private recordOf({ id }: Example) {
    const place = this.places.get(id)
    if (place === undefined || this.kept === undefined) throw new Error(`example ${id} has no record`)
    return this.kept.record(...place)
  }

  private open(): RecordStore {
    const { runner, limits, file } = this.options
    const { memory, disk } = placeOf(this.bytes, limits)
    return new RecordStore({
      batches: this.batches.map((members) => members.map((example) => this.records.size(example))),
      bytesEach: bytesEach(runner),
      memory,
      ...(disk ? { file: { path: file, key: this.key() } } : {}),
    })
  }

  /**
   * Hash of all that the records follow from: frozen weights, their computation, its precision and order, the
   * data.
   */
  private key(): string {
    const { stage, frozen, store, runner, data, dataName, maxLength } = this.options
    const sha = createHash('sha256')
    const batch = stage.microbatch ?? stage.batch
    const values = frozen.values.map(({ dimensions, padded }) => ({ dimensions, padded }))
    const facts = [frozen.identity, runner.name, data.fingerprint(dataName), maxLength, batch, values]
    sha.update(JSON.stringify(facts))
    for (const key of this.parameters()) {
      // for this use only: the host is to keep no copy of what a device has
      const { buffer, byteOffset, byteLength } = store.get(key).read()
      sha.update(key).update(new Uint8Array(buffer, byteOffset, byteLength))
    }
    return sha.digest('hex')
  }

  /** Those of the frozen models, in one order. */
  private parameters(): readonly string[] {
    const { stage, frozen, store } = this.options
    const trained = new Set(stage.trained)
    const isFrozen = (key: string): boolean =>
      !trained.has(key) && frozen.models.includes(key.replace(/[.[].*$/s, ''))
    return store.keys().filter(isFrozen).sort()
  }

  private tooLarge(): string {
    const { frozen, limits } = this.options
    const limit = formatBytes(Math.max(limits.memory, limits.disk))
    const enough = `${Math.ceil(this.bytes / 2 ** 30)}GiB`
    const models = frozen.models.join(', ')
    return `${models}: computed in every step, a cache would take ${formatBytes(this.bytes)} and may take ${limit} (--cache ${enough} allows it)`
  }
}

function bytesEach({ name }: Runner): 4 | 8 {
  return name === 'reference' ? 8 : 4
}
