/**
 * Everything that a resumed run needs to continue as if it had never stopped, in one safetensors file that is
 * replaced atomically: weights, moments, progress and the best score so far. Random numbers need no state:
 * they are keyed by seed, stage and step.
 */
import { z } from 'zod'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { notARunFolder } from '../diagnostics/messages/command-line.ts'
import { damagedWeights } from '../diagnostics/messages/weights.ts'
import type { Disk } from '../disk/disk.ts'
import { parsedJson } from '../files/json.ts'
import { Resident } from '../run/resident.ts'
import type { ReadOptions } from '../weights/open-file.ts'
import {
  readSafetensors,
  readSafetensorsHeader,
  type SafetensorsHeader,
  type WrittenTensor,
  writeSafetensors,
} from '../weights/safetensors.ts'
import { intervalState } from './interval-state.ts'
import { elements, type ParameterStore } from './parameters.ts'
import type { OptimizerState } from './update.ts'

/** The best score of a stage. An interface, so that the types of the library need none of zod. */
export interface Best {
  readonly metric: string
  readonly value: number
  readonly model: string
  readonly step: number
}
const best: z.ZodType<Best> = z.object({
  metric: z.string(),
  value: z.number(),
  model: z.string(),
  step: z.number(),
})

const finishedStage = z.object({
  name: z.string(),
  steps: z.number(),
  seconds: z.number(),
  /** The last logged terms, for the line on the screen. */
  terms: z.record(z.string(), z.number()),
  best: best.optional(),
})

const progress = z.object({
  /** Finished stages, in order. */
  finished: z.array(finishedStage),
  /** The current stage; absent after the last one. */
  stage: z.string().optional(),
  /** Updates so far in this stage. */
  step: z.number(),
  /** Seconds so far in this stage. */
  seconds: z.number(),
  best: best.optional(),
  /** Whether the stage caches values of frozen models (frozen-values.ts); absent if it has none. */
  frozen: z.enum(['kept', 'computed']).optional(),
  /** Of these, seconds that were no training steps. Older runs do not record them. */
  spent: z.object({ frozen: z.number(), evaluation: z.number() }).optional(),
  /** In a sweep: the key of the stage's result (shared-stages.ts). */
  key: z.string().optional(),
  /** Evaluations since the best one, for early stopping. */
  worse: z.number(),
  /** The length of metrics.jsonl in bytes. A resumed run logs what is behind it again. */
  log: z.number().optional(),
  /** The interval of the log that has no line yet. */
  interval: intervalState.optional(),
  /** Number of updates of each parameter that has moments. */
  updates: z.record(z.string(), z.number()),
})
export type Progress = Omit<z.infer<typeof progress>, 'updates'>

export interface WritingOptions {
  readonly disk?: Disk
  /** Called when the new file is whole, before it takes the place of the old one. */
  readonly beforeReplacing?: () => void
}

export interface ReadingOptions {
  readonly disk?: Disk
  /** Whether a file without hashes is read, which runs of earlier versions have. By default it is damage. */
  readonly unhashed?: boolean
}

/** An optimizer's state, as it is written. */
export type WrittenState = ReadonlyMap<
  string,
  { readonly updates: number; readonly slots: readonly Pick<Resident, 'shape' | 'read'>[] }
>

/**
 * Writes the weights of `keys` and the optimizer's state with their hashes, atomically. Values are read once
 * each, in order.
 */
export function saveCheckpoint(
  file: string,
  store: ParameterStore,
  keys: readonly string[],
  optimizer: WrittenState,
  state: Progress,
  options: WritingOptions = {},
): void {
  const tensors = new Map<string, WrittenTensor>()
  const write = (name: string, values: Pick<Resident, 'shape' | 'read'>) =>
    tensors.set(name, { shape: values.shape, data: () => values.read() })
  for (const key of keys) write(key, store.get(key))
  const updates: Record<string, number> = {}
  for (const [key, own] of optimizer) {
    updates[key] = own.updates
    own.slots.forEach((slot, index) => {
      write(slotName(index, key), slot)
    })
  }
  const metadata = { distill: JSON.stringify({ ...state, updates }) }
  writeSafetensors(file, tensors, { metadata, hashed: true, ...options })
}

/**
 * Reads a checkpoint into the store, and returns the optimizer's state and the progress. The store must have
 * every key, unless `partly` is set. Every byte is compared with its hash before anything is stored.
 * @throws DiagnosticError E0902 to E0904 and E0914 (no whole file), E0915, E1107 (of something else)
 */
export function loadCheckpoint(
  file: string,
  store: ParameterStore,
  options: ReadingOptions & {
    readonly partly?: boolean
    /** The weights to read; by default all. */
    readonly only?: ReadonlySet<string>
  } = {},
): {
  readonly optimizer: OptimizerState
  readonly progress: Progress
  /** The weights that were read. */
  readonly keys: ReadonlySet<string>
} {
  const { updates, ...state } = readProgress(file, options)
  const tensors = readSafetensors(file, diskOf(options))
  const keys = new Set<string>()
  const slots = new Map(Object.keys(updates).map((key): [string, Resident[]] => [key, []]))
  for (const [name, { data, shape }] of tensors) {
    if (!(data instanceof Float32Array)) throw foreign(file, `holds ${name}, which is not float32`)
    const slot = /^slot (\d+) (.+)$/.exec(name)
    const key = slot?.[2] ?? name
    if (options.partly && !store.has(key)) continue
    if (options.only && !slot && !options.only.has(key)) continue
    if (!store.has(key) || elements(store.get(key).shape) !== data.length) {
      throw foreign(file, `holds ${key} [${shape.join(', ')}], which this spec does not have`)
    }
    if (slot) {
      const own = slots.get(key)
      if (!own) throw foreign(file, `has moments of ${key} but not their number of updates`)
      own[Number(slot[1])] = new Resident(store.get(key).shape, data)
    } else {
      store.assign(key, data)
      keys.add(key)
    }
  }
  const optimizer: OptimizerState = new Map(
    Object.entries(updates).map(([key, count]) => [key, { updates: count, slots: slots.get(key) ?? [] }]),
  )
  return { optimizer, progress: state, keys }
}

/**
 * Reads the checkpoint that was just written and compares it bit for bit. Returns the optimizer's state as
 * read.
 */
export function verifyCheckpoint(
  file: string,
  store: ParameterStore,
  keys: readonly string[],
  optimizer: OptimizerState,
  options: ReadingOptions = {},
): OptimizerState {
  const before = store.snapshot(keys)
  const { optimizer: again } = loadCheckpoint(file, store, options)
  for (const [key, data] of before) {
    if (!sameBits(data, store.get(key).data)) throw new Error(`${key} is not what was saved`)
  }
  for (const [key, { slots }] of optimizer) {
    const read = again.get(key)?.slots ?? []
    if (!slots.every((slot, i) => sameBits(slot.data, read[i]?.data)))
      throw new Error(`moments of ${key} are not what was saved`)
  }
  return again
}

function sameBits(a: Float32Array, b: Float32Array | undefined): boolean {
  return b !== undefined && a.length === b.length && a.every((value, i) => Object.is(value, b[i]))
}

/** The progress in a checkpoint, without its weights. */
export function readProgress(file: string, options: ReadingOptions = {}): z.infer<typeof progress> {
  const header = readSafetensorsHeader(file, diskOf(options))
  if (!options.unhashed) requireHashes(header)
  const text = header.metadata.get('distill')
  const parsed = text === undefined ? undefined : progress.safeParse(parsedJson(text))
  if (!parsed?.success) throw foreign(file, 'is not a checkpoint of a run')
  return parsed.data
}

/** @throws DiagnosticError E0914 for a file without hashes */
export function requireHashes({ file, hashes }: SafetensorsHeader): void {
  if (hashes !== undefined) return
  const problem = 'it has no SHA-256 of its tensors, which every file of this run has'
  throw new DiagnosticError(damagedWeights({ path: file, problem }))
}

function diskOf({ disk }: ReadingOptions): ReadOptions {
  return { ofRun: true, ...(disk === undefined ? {} : { disk }) }
}

function slotName(index: number, key: string): string {
  return `slot ${index} ${key}`
}

function foreign(path: string, problem: string): DiagnosticError {
  return new DiagnosticError(
    notARunFolder({ path, problem, help: 'it was written by something else, or for another spec' }),
  )
}
