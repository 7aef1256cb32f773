/** The weights of a run after it was trained, in a store: for eval, predict and export. */
import { existsSync } from 'node:fs'
import type { ModelInstance, Program } from '../check/program.ts'
import { trainedOwners } from '../check/trained.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { notARunFolder } from '../diagnostics/messages/command-line.ts'
import { loadCheckpoint } from './checkpoint.ts'
import { Initialiser } from './initialise.ts'
import { readModel } from './model-file.ts'
import { ParameterStore, storedParameters } from './parameters.ts'
import type { RunFolder } from './run-folder.ts'

export interface InitialWeights {
  readonly seed: number
  readonly randomWeights: boolean
}

/**
 * Weights of the instances `names`: the kept ones of each model that the run trained (best/), else those of its last checkpoint, else those
 * that the spec starts from. With the name of one of its checkpoints those that it holds. Without a folder the spec's own. Throws DiagnosticError for weights that are not there.
 */
export function trainedWeights(
  program: Program,
  names: readonly string[],
  { seed, randomWeights }: InitialWeights,
  folder?: RunFolder,
  checkpoint?: string,
): ParameterStore {
  const store = new ParameterStore()
  const instances = names.flatMap((name) => program.instances.get(name) ?? [])
  const kept = instances.filter(
    ({ name }) => checkpoint === undefined && folder && existsSync(folder.model(name)),
  )
  const others = instances.filter((instance) => !kept.includes(instance))
  if (others.length > 0) {
    const initialiser = new Initialiser(program, store, { seed, randomWeights })
    const needed = initialiser.closure(others.map(({ name }) => name))
    initialiser.requireFiles(needed)
    for (const name of needed) initialiser.instance(name)
    const file = folder?.checkpoint(checkpoint ?? 'last')
    if (file !== undefined && existsSync(file)) {
      // Of a checkpoint, what the store has a place for.
      const { keys } = loadCheckpoint(file, store, { partly: true })
      // A model that has not begun would start from what its sources are now.
      for (const instance of needed.flatMap((name) => program.instances.get(name) ?? []))
        if (storedParameters(instance).some(({ key }) => !keys.has(key))) initialiser.refresh(instance.name)
    }
  }
  if (folder) for (const instance of kept) readModel(folder, instance, store, program.file)
  return store
}

/**
 * The models whose answers a run is about, those with a file in best/, in the order in which its stages trained them, the last one first.
 * @throws DiagnosticError E1107 where there is none yet
 */
export function latestTrainedFirst(
  program: Program,
  folder: RunFolder,
): readonly [ModelInstance, ...ModelInstance[]] {
  const lastTrained = ({ name }: ModelInstance): number =>
    program.stages.findLastIndex((stage) => trainedOwners(stage).has(name))
  const [latest, ...others] = [...program.instances.values()]
    .filter(({ name }) => existsSync(folder.model(name)))
    .sort((a, b) => lastTrained(b) - lastTrained(a))
  if (latest !== undefined) return [latest, ...others]
  const help = 'go on with it first: distill train SPEC --resume'
  throw new DiagnosticError(notARunFolder({ path: folder.path, problem: 'has no trained model yet', help }))
}
