/** The weights of a trained run in a store, for eval, predict and export. */
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
 * Weights of the instances `names`: for each model that the run trained, the kept ones (best/), otherwise
 * those of its last checkpoint, otherwise its initial ones. With the name of a checkpoint, the weights that
 * it contains. Without a folder, the initial weights of the spec. Throws DiagnosticError for missing weights.
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
      // The weights of a checkpoint that the store has entries for.
      const { keys } = loadCheckpoint(file, store, { partly: true, unhashed: folder?.isEarlier ?? false })
      // A model that the run has not initialised yet is initialised from its sources as they are now.
      for (const instance of needed.flatMap((name) => program.instances.get(name) ?? []))
        if (storedParameters(instance).some(({ key }) => !keys.has(key))) initialiser.refresh(instance.name)
    }
  }
  if (folder) for (const instance of kept) readModel(folder, instance, store, program.file)
  return store
}

/**
 * The models that a run has trained, those with a file in best/, the last trained first.
 * @throws DiagnosticError E1107 if there is none yet
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
