/**
 * The values of frozen models for the batches of a stage. Either they are computed once for each example
 * before the first step, in an order that depends on the data alone, and cached. Or they are computed for
 * each batch, if that is cheaper or the cache would be too large. The choice is made once for each stage,
 * because the last bits of a value may depend on the other examples of its batch.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Stage } from '../../check/program.ts'
import { type Cluster, exchangeNumbers } from '../../cluster/cluster.ts'
import type { Batch, Example } from '../../data/dataset.ts'
import { linkAtomically } from '../../disk/atomic-write.ts'
import type { Disk } from '../../disk/disk.ts'
import { removeAll } from '../../disk/whole-files.ts'
import type { RandomKey } from '../../graph/graph.ts'
import { pays } from '../../optimize/cache-cost.ts'
import type { FrozenPart } from '../../optimize/pass.ts'
import { positionsOf } from '../../run/positions.ts'
import type { HostTensor, Runner, RunRequest } from '../../run/runner.ts'
import type { DataProvider } from '../feed.ts'
import { formatBytes } from '../format.ts'
import type { FrozenProgress } from '../observer.ts'
import type { ParameterStore } from '../parameters.ts'
import type { SharedResults } from '../shared-results.ts'
import { ArrayRoom, type Numbers } from './array-room.ts'
import { type CacheLimits, placeOf } from './cache-limits.ts'
import { RecordStore } from './record-store.ts'
import { Records } from './records.ts'

/** Whether a stage caches values or computes them in every step. A resumed run must do the same. */
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
  /** The path for the file of records. */
  readonly file: string
  readonly disk: Disk
  readonly limits: CacheLimits
  /** In a sweep: records of other runs. */
  readonly shared?: SharedResults | undefined
  /** The mode of the run that is resumed. */
  readonly before?: FrozenMode | undefined
  /** Whether the records are for a later training: rank 0 writes their file, and no rank keeps them. */
  readonly ahead?: boolean | undefined
  /** Each rank computes a share of the batches; all ranks get all. */
  readonly cluster: Cluster
}

/** In the entry of shared records. */
const recordsFile = 'values.records'

export class FrozenValues {
  readonly mode: FrozenMode
  /** The reason why values are computed in every step, if that is lack of room. */
  readonly note: string | undefined
  private readonly options: FrozenValuesOptions
  private readonly records: Records
  private readonly batches: readonly (readonly Example[])[]
  /** For each example id, its batch and its index in it. */
  private readonly places = new Map<number, readonly [batch: number, index: number]>()
  private readonly bytes: number
  private kept: RecordStore | undefined
  /** The folder of the run whose records were taken, once `fill` has run. */
  from: string | undefined
  /** Number of examples whose records were in the file before `fill` has run, and of those after it. */
  found = 0
  done = 0
  /** The key of the records in their file; absent where they are in memory alone. */
  private key: string | undefined
  /** One for each micro-batch of a step. */
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
   * The batch with the values of the frozen models as inputs. They are valid until the next batch with the
   * same `place` among the micro-batches of a step.
   */
  complete(batch: Batch, place = 0): Batch {
    const { sizes, inputs } = positionsOf(batch.inputs, batch)
    const values =
      this.mode === 'computed'
        ? this.compute(batch)
        : this.records.assemble(batch, sizes, (example) => this.recordOf(example), this.roomAt(place))
    return { ...batch, inputs: new Map([...batch.inputs, ...inputs, ...values]) }
  }

  /** Bytes of all records, with their hashes where they are stored. */
  get size(): number {
    return this.kept?.bytes ?? this.bytes
  }

  /** Number of examples. */
  get total(): number {
    return this.places.size
  }

  /**
   * Computes the missing records, or takes those of another run. Stops at the end of a batch if `interrupted`
   * returns true.
   */
  async fill(progress: (event: FrozenProgress) => void, interrupted: () => boolean): Promise<void> {
    if (this.mode === 'computed') return
    const { stage, frozen, runner, cluster, ahead } = this.options
    const kept = ahead && cluster.rank > 0 ? undefined : this.open()
    this.kept = kept
    const { batches, total } = this
    const event = { stage: stage.name, models: frozen.models, total, bytes: this.size }
    const count = (from: number, to: number): number =>
      batches.slice(from, to).reduce((sum, members) => sum + members.length, 0)
    const begun = await this.giveEarlier(interrupted)
    this.found = count(0, begun)
    this.done = this.found
    if (begun < batches.length) progress({ ...event, done: this.done })
    const room = new ArrayRoom()
    for (let at = begun; at < batches.length && !interrupted(); at += cluster.size) {
      const own = batches[at + cluster.rank]
      const records = own === undefined ? undefined : this.recordsOf(own, kept?.holds ? undefined : room)
      for (const made of this.exchange(records)) kept?.append(made)
      this.done += count(at, at + cluster.size)
      progress({ ...event, done: this.done })
      // Lets Ctrl-C and the progress display run.
      await new Promise(setImmediate)
    }
    if (this.done === total) runner.forget?.(frozen.graph)
    runner.dropCopies?.(this.parameters())
  }

  /**
   * The rank that has the most earlier records, from the file of the run, gives them to the others. Returns
   * the number of batches that all ranks have then.
   */
  private async giveEarlier(interrupted: () => boolean): Promise<number> {
    const { kept } = this
    const { cluster } = this.options
    const counts = exchangeNumbers(cluster, kept ? [kept.done] : [], 'its records').flat()
    const most = Math.max(...counts)
    let all = Math.min(...counts)
    for (; all < most && !interrupted(); all++) {
      for (const earlier of this.exchange(kept?.done === most ? kept.batch(all) : undefined))
        if (kept?.done === all) kept.append(earlier)
      await new Promise(setImmediate)
    }
    return all
  }

  /** The records of a batch. `room`: for their numbers, until the next call. */
  private recordsOf(examples: readonly Example[], room: ArrayRoom | undefined): Numbers {
    const { data, dataName, random, frozen, runner } = this.options
    const padded = this.records.readsPadding ? 'max_length' : undefined
    const batch = data.batch(dataName, examples, random, 0, padded)
    const { sizes } = positionsOf(batch.inputs, batch)
    const cut = (values: ReadonlyMap<string, HostTensor>): Numbers =>
      this.records.cut(batch, sizes, values, room)
    const request = this.requestOf(batch)
    return runner.lend?.(frozen.graph, request, cut) ?? cut(runner.run(frozen.graph, request))
  }

  /**
   * The records that each rank has computed, in the order of the ranks, without those that had none to
   * do.
   */
  private exchange(own: Numbers | undefined): readonly Numbers[] {
    const { cluster, runner } = this.options
    if (own !== undefined && cluster.size === 1) return [own]
    const bytes = own ? new Uint8Array(own.buffer, own.byteOffset, own.byteLength) : new Uint8Array(0)
    const all = cluster.exchange(bytes, 'its records')
    const numbers = bytesEach(runner) === 8 ? Float64Array : Float32Array
    return all.filter(({ length }) => length > 0).map((one) => new numbers(one.slice().buffer))
  }

  /** Closes the records when a run ends in the middle of the stage. */
  close(): void {
    this.kept?.close()
  }

  /** Deletes the records when the stage is over. Other runs of a sweep keep complete ones. */
  discard(): void {
    const { shared, file, disk } = this.options
    if (this.key !== undefined && this.kept?.complete)
      shared?.publish('frozen', this.key, (folder) => linkAtomically(file, join(folder, recordsFile), disk))
    this.kept?.close()
    this.kept = undefined
    // Also where a resumed run did not open them.
    removeAll(file, disk)
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
    const { runner, limits, file, disk, shared, ahead } = this.options
    const place = ahead ? { memory: false, disk: true } : placeOf(this.bytes, limits)
    this.key = place.disk ? this.hash() : undefined
    const known = this.key !== undefined && shared?.find('frozen', this.key)
    if (known) {
      linkAtomically(join(known.path, recordsFile), file, disk)
      this.from = known.from
    }
    return new RecordStore({
      batches: this.batches.map((members) => members.map((example) => this.records.size(example))),
      bytesEach: bytesEach(runner),
      memory: place.memory,
      ...(this.key === undefined ? {} : { file: { path: file, key: this.key, disk } }),
    })
  }

  /**
   * Hash of everything that the records depend on: frozen weights, their computation, its precision and
   * order, the data and its masks.
   */
  private hash(): string {
    const { stage, frozen, store, runner, data, dataName, maxLength, random } = this.options
    const sha = createHash('sha256')
    const batch = stage.microbatch ?? stage.batch
    const values = frozen.values.map(({ dimensions, padded }) => ({ dimensions, padded }))
    const facts = [frozen.identity, runner.name, data.fingerprint(dataName), maxLength, batch, values, random]
    sha.update(JSON.stringify(facts))
    for (const key of this.parameters()) {
      // for this use only: the host must not keep a copy of values on a device
      const { buffer, byteOffset, byteLength } = store.get(key).read()
      sha.update(key).update(new Uint8Array(buffer, byteOffset, byteLength))
    }
    return sha.digest('hex')
  }

  /** The parameters of the frozen models, in a fixed order. */
  private parameters(): readonly string[] {
    const { stage, frozen, store } = this.options
    return frozenParameters(stage, frozen, store)
  }

  private tooLarge(): string {
    const { frozen, limits } = this.options
    const limit = formatBytes(Math.max(limits.memory, limits.disk))
    const enough = `${Math.ceil(this.bytes / 2 ** 30)}GiB`
    const models = frozen.models.join(', ')
    return `${models}: computed in every step, a cache would take ${formatBytes(this.bytes)} and may take ${limit} (--cache ${enough} allows it)`
  }
}

/** The parameters of the frozen models of a stage, in a fixed order. */
export function frozenParameters(stage: Stage, frozen: FrozenPart, store: ParameterStore): readonly string[] {
  const trained = new Set(stage.trained)
  const isFrozen = (key: string): boolean =>
    !trained.has(key) && frozen.models.includes(key.replace(/[.[].*$/s, ''))
  return store.keys().filter(isFrozen).sort()
}

function bytesEach({ name }: Runner): 4 | 8 {
  return name === 'reference' ? 8 : 4
}
