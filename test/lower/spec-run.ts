/** Runs a stage of a spec on a made-up batch with drawn weights: what tests of losses, gradients and recipes need. */
import { createReferenceRunner } from '../../src/backends/reference/runner.ts'
import type { Program, Stage } from '../../src/check/program.ts'
import type { Batch } from '../../src/data/dataset.ts'
import { renderDiagnostics } from '../../src/diagnostics/render.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { compileStage, type StageGraphs } from '../../src/lower/stage.ts'
import type { HostTensor, Runner } from '../../src/run/runner.ts'
import { Initialiser } from '../../src/train/initialise.ts'
import { ParameterStore } from '../../src/train/parameters.ts'

/** Checks a spec given as text (or a path of a file); throws its rendered errors. */
export function programOf(spec: { text: string } | { path: string }): Program {
  const path = 'path' in spec ? spec.path : 'spec.distill'
  const reader = 'text' in spec ? { reader: (p: string) => (p.endsWith(path) ? spec.text : undefined) } : {}
  const result = checkFile(path, reader)
  if (!result.program)
    throw new Error(renderDiagnostics(result.diagnostics, result.sources, { color: false }))
  return result.program
}

/**
 * The stages that tests of every spec look at. Of a family of many stages the first two: those behind are as the second, with more layers.
 */
export function sampledStages(program: Program): Stage[] {
  const members = (name: string) => program.stages.filter(({ family }) => family?.name === name)
  return program.stages.filter((stage) => {
    if (!stage.family) return true
    const all = members(stage.family.name)
    return all.length <= 4 || all.indexOf(stage) < 2
  })
}

export interface Prepared {
  readonly program: Program
  readonly stage: Stage
  readonly graphs: StageGraphs
  readonly store: ParameterStore
  readonly runner: Runner
}

export function prepare(
  program: Program,
  stage: Stage,
  runner = createReferenceRunner(ops),
  deviation = 0,
): Prepared {
  const store = drawnStore(program, deviation)
  return { program, stage, graphs: compileStage(program, stage, { dropout: false }), store, runner }
}

/** Drawn weights of all models and projections. `deviation`: up to half of it is added, so that no gradient is too small to be compared. */
export function drawnStore(program: Program, deviation = 0): ParameterStore {
  const store = new ParameterStore()
  const initialiser = new Initialiser(program, store, { seed: 7, randomWeights: true })
  for (const name of program.instances.keys()) initialiser.instance(name)
  for (const projection of program.projections.values()) initialiser.projection(projection)
  if (deviation > 0) {
    let state = 1
    for (const key of store.keys()) {
      store.edit(key, (data) => {
        for (let i = 0; i < data.length; i++) data[i] = (data[i] ?? 0) + deviation * (random(state++) - 0.5)
      })
    }
  }
  return store
}

/** A number in [0, 1) from a counter (the mix of murmur3). */
export function random(counter: number): number {
  let h = Math.imul(counter ^ 0x9e3779b9, 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32
}

/** A batch of texts of the given lengths, padded to `L`, with every target a loss may ask for. */
export function batchOf(
  lengths: readonly number[],
  options: { vocabulary: number; classes: number; L?: number; ids?: readonly number[] },
): Batch {
  const B = lengths.length
  const L = options.L ?? Math.max(...lengths)
  const ids = options.ids ?? lengths.map((_, i) => i)
  const at = (value: (id: number, t: number, length: number) => number): Int32Array =>
    Int32Array.from({ length: B * L }, (_, i) =>
      value(ids[Math.floor(i / L)] ?? 0, i % L, lengths[Math.floor(i / L)] ?? 0),
    )
  const live = at((_, t, length) => (t < length ? 1 : 0))
  const masked = at((id, t, length) => (t < length && random(id * 977 + t) < 0.4 ? 1 : 0))
  const token = (id: number, t: number, salt: number): number =>
    5 + Math.floor(random(id * 131 + t * 7 + salt) * (options.vocabulary - 5))
  const i32 = (shape: readonly number[], data: Int32Array): HostTensor => ({ dtype: 'i32', shape, data })
  const bool = (data: Int32Array): HostTensor => ({
    dtype: 'bool',
    shape: [B, L],
    data: Uint8Array.from(data),
  })
  const each = (value: (id: number, length: number) => number): HostTensor =>
    i32(
      [B],
      Int32Array.from(lengths, (length, b) => value(ids[b] ?? 0, length)),
    )
  const inputs = new Map<string, HostTensor>([
    [
      'tokens',
      i32(
        [B, L],
        at((id, t, length) => (t < length ? token(id, t, 0) : 0)),
      ),
    ],
    [
      'segments',
      i32(
        [B, L],
        at((_, t, length) => (t < length && t > length / 2 ? 1 : 0)),
      ),
    ],
    [
      'places',
      i32(
        [L],
        Int32Array.from({ length: L }, (_, t) => t),
      ),
    ],
    ['attended', bool(live)],
    ['first_piece', bool(at((id, t, length) => (t < length && random(id * 31 + t) < 0.7 ? 1 : 0)))],
    ['masked', bool(masked)],
    ['sample', each((id) => id)],
    ['batch.label', each((id) => id % options.classes)],
    [
      'batch.original',
      i32(
        [B, L],
        at((id, t) => token(id, t, 3)).map((value, i) => (masked[i] ? value : -100)),
      ),
    ],
    [
      'batch.tags',
      i32(
        [B, L],
        at((id, t, length) => (t < length && random(id * 31 + t) < 0.7 ? (id + t) % options.classes : -100)),
      ),
    ],
    ['batch.order', each((id) => id % 2)],
    ['batch.start', each((id, length) => id % length)],
    ['batch.end', each((_, length) => length - 1)],
  ])
  return { B, L, inputs, liveTokens: live.reduce((a, b) => a + b, 0), examples: [] }
}
