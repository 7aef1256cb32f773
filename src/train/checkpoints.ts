/**
 * The checkpoints from which models are initialised: the parameters that each gives, and whether its names
 * and shapes are those of the model.
 */
import { existsSync, statSync } from 'node:fs'
import type { ModelInstance, Program } from '../check/program.ts'
import { DiagnosticError, type Span } from '../diagnostics/diagnostic.ts'
import { tooManyLayers } from '../diagnostics/messages/transformers.ts'
import { weightsMissing } from '../diagnostics/messages/weights.ts'
import { throwTogether } from '../diagnostics/throw-together.ts'
import { tensorsBeyond } from '../weights/beyond-model.ts'
import { openWeights } from '../weights/weight-source.ts'
import { type FittingWeights, fittingWeights, type LoadedWeights, loadWeights } from './weight-file.ts'

/** A file or folder from which parameters of a model are initialised. */
export interface ModelCheckpoint {
  readonly instance: ModelInstance
  readonly path: string
  /** The first place in the spec that names it for this model. */
  readonly span?: Span
  /** Canonical paths of the parameters that it gives. */
  readonly wanted: ReadonlySet<string>
}

/** In the order of the parameters. */
export function checkpointsOf(instance: ModelInstance): readonly ModelCheckpoint[] {
  const found = new Map<string, { readonly span?: Span; readonly wanted: Set<string> }>()
  for (const { initial, canonical } of instance.parameters) {
    if (initial.kind !== 'checkpoint') continue
    const { path, span } = initial
    const known = found.get(path) ?? { ...(span ? { span } : {}), wanted: new Set() }
    known.wanted.add(canonical)
    found.set(path, known)
  }
  return [...found].map(([path, one]) => ({ instance, path, ...one }))
}

/** Throws E0912 with every missing checkpoint. */
export function requireCheckpoints(instances: Iterable<ModelInstance>): void {
  const missing = new Map<string, { path: string; model: string; span?: Span }>()
  for (const instance of instances)
    for (const { path, span } of checkpointsOf(instance))
      if (!existsSync(path) && !missing.has(path))
        missing.set(path, { path, model: instance.name, ...(span ? { span } : {}) })
  if (missing.size > 0) throw new DiagnosticError(weightsMissing({ missing: [...missing.values()] }))
}

/**
 * Compares names and shapes of a checkpoint with those of the model, without reading a tensor.
 * @throws DiagnosticError E0901..E0911, E0510 (it has more layers than the model)
 */
export function fittingCheckpoint({ file }: Program, checkpoint: ModelCheckpoint): FittingWeights {
  const { instance, wanted, path, span } = checkpoint
  return withoutMore(checkpoint, fittingWeights(instance, wanted, path, file, span))
}

/** Also reads the values. Throws as `fittingCheckpoint`, and E0913. */
export function loadCheckpointOf({ file }: Program, checkpoint: ModelCheckpoint): LoadedWeights {
  const { instance, wanted, path, span } = checkpoint
  return withoutMore(checkpoint, loadWeights(instance, wanted, path, file, span))
}

/**
 * Throws all errors in the existing checkpoints of these models.
 * @param limit bytes: of larger files names and shapes are read, of others the values too; absent: of all
 * files names and shapes
 */
export function requireFitting(program: Program, instances: Iterable<ModelInstance>, limit = 0): void {
  const checkpoints = [...instances].flatMap(checkpointsOf).filter(({ path }) => existsSync(path))
  throwTogether(
    ...checkpoints.map((checkpoint) => () => {
      const { source } = fittingCheckpoint(program, checkpoint)
      if (bytesOf(source.files) <= limit) loadCheckpointOf(program, checkpoint)
    }),
  )
}

/** The size of the files of a checkpoint; 0 if it cannot be opened. */
export function checkpointBytes(place: string): number {
  try {
    return bytesOf(openWeights(place).files)
  } catch (error) {
    if (error instanceof DiagnosticError) return 0
    throw error
  }
}

function bytesOf(files: readonly string[]): number {
  return files.reduce((sum, file) => sum + statSync(file).size, 0)
}

function withoutMore<Weights extends FittingWeights>(
  { instance, wanted, path, span }: ModelCheckpoint,
  weights: Weights,
): Weights {
  const beyond = tensorsBeyond(instance, wanted, weights.unused)
  if (beyond === undefined) return weights
  const { name, model, span: modelSpan } = instance
  const place = span === undefined ? {} : { span }
  throw new DiagnosticError(
    tooManyLayers({ instance: name, model, file: path, modelSpan, ...beyond, ...place }),
  )
}
