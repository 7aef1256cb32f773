/**
 * Everything that a run needs to go on as if it had never stopped, in one safetensors file that is replaced whole: weights, optimizer
 * moments, how far the run is, the best so far. Random numbers need no state: they are keyed by seed, stage and step.
 */
import { z } from 'zod'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { notARunFolder } from '../diagnostics/messages/command-line.ts'
import { Resident } from '../run/resident.ts'
import {
  readSafetensors,
  readSafetensorsHeader,
  type WrittenTensor,
  writeSafetensors,
} from '../weights/safetensors.ts'
import { elements, type ParameterStore } from './parameters.ts'
import type { OptimizerState } from './update.ts'

const best = z.object({ metric: z.string(), value: z.number(), model: z.string(), step: z.number() })
export type Best = z.infer<typeof best>

const finishedStage = z.object({
  name: z.string(),
  steps: z.number(),
  seconds: z.number(),
  /** The terms as last logged, for the line that stays on the screen. */
  terms: z.record(z.string(), z.number()),
  best: best.optional(),
})

const progress = z.object({
  /** Stages that are over, in order. */
  finished: z.array(finishedStage),
  /** The stage that the run is in; absent when all are over. */
  stage: z.string().optional(),
  /** Updates made in it. */
  step: z.number(),
  /** Seconds spent in it. */
  seconds: z.number(),
  best: best.optional(),
  /** Whether the stage keeps what frozen models say (frozen-values.ts); absent where it reads none. */
  frozen: z.enum(['kept', 'computed']).optional(),
  /** Evaluations since the best one: early stopping. */
  worse: z.number(),
  /** Updates of each parameter that has moments. */
  updates: z.record(z.string(), z.number()),
})
export type Progress = Omit<z.infer<typeof progress>, 'updates'>

/** Writes weights of `keys` and the optimizer's state. Atomic. */
export function saveCheckpoint(
  file: string,
  store: ParameterStore,
  keys: readonly string[],
  optimizer: OptimizerState,
  state: Progress,
): void {
  const tensors = new Map<string, WrittenTensor>()
  const write = (name: string, values: Resident) =>
    tensors.set(name, { shape: values.shape, data: () => values.read() })
  for (const key of keys) write(key, store.get(key))
  const updates: Record<string, number> = {}
  for (const [key, own] of optimizer) {
    updates[key] = own.updates
    own.slots.forEach((slot, index) => {
      write(slotName(index, key), slot)
    })
  }
  writeSafetensors(file, tensors, { distill: JSON.stringify({ ...state, updates }) })
}

/**
 * Reads a checkpoint into the store and gives the optimizer's state and the progress. The store must have every key, unless only a part
 * of the weights is wanted.
 */
export function loadCheckpoint(
  file: string,
  store: ParameterStore,
  options: { readonly partly?: boolean } = {},
): {
  readonly optimizer: OptimizerState
  readonly progress: Progress
  /** The weights that were read. */
  readonly keys: ReadonlySet<string>
} {
  const { updates, ...state } = readProgress(file)
  const tensors = readSafetensors(file)
  const keys = new Set<string>()
  const slots = new Map(Object.keys(updates).map((key): [string, Resident[]] => [key, []]))
  for (const [name, { data, shape }] of tensors) {
    if (!(data instanceof Float32Array)) throw foreign(file, `holds ${name}, which is not float32`)
    const slot = /^slot (\d+) (.+)$/.exec(name)
    const key = slot?.[2] ?? name
    if (options.partly && !store.has(key)) continue
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

/** Reads a checkpoint that was just written and compares it bit for bit; gives the optimizer's state as read. */
export function verifyCheckpoint(
  file: string,
  store: ParameterStore,
  keys: readonly string[],
  optimizer: OptimizerState,
): OptimizerState {
  const before = store.snapshot(keys)
  const { optimizer: again } = loadCheckpoint(file, store)
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

/** How far the run of a checkpoint is, without its weights. */
export function readProgress(file: string): z.infer<typeof progress> {
  const text = readSafetensorsHeader(file).metadata.get('distill')
  const parsed = text === undefined ? undefined : progress.safeParse(parseJson(text))
  if (!parsed?.success) throw foreign(file, 'is not a checkpoint of a run')
  return parsed.data
}

function slotName(index: number, key: string): string {
  return `slot ${index} ${key}`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function foreign(path: string, problem: string): DiagnosticError {
  return new DiagnosticError(
    notARunFolder({ path, problem, help: 'it was written by something else, or for another spec' }),
  )
}
