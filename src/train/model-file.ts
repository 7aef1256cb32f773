/**
 * best/MODEL.safetensors: a trained model with published names, if it has them, for other programs and for
 * `weights = "..."`.
 */
import type { ModelInstance } from '../check/program.ts'
import { publishedName, tensorUnder } from '../weights/names.ts'
import { readSafetensorsHeader, type WrittenTensor, writeSafetensors } from '../weights/safetensors.ts'
import { requireHashes } from './checkpoint.ts'
import { type ParameterStore, storedParameters } from './parameters.ts'
import type { RunFolder } from './run-folder.ts'
import { loadWeights } from './weight-file.ts'

export function writeModel(folder: RunFolder, instance: ModelInstance, store: ParameterStore): void {
  const tensors = new Map<string, WrittenTensor>()
  const stored = storedParameters(instance)
  const published = stored.map(({ parameter }) => publishedName(instance, parameter.path))
  const times = (name: string): number => published.filter((other) => other === name).length
  for (const [i, { key, parameter }] of stored.entries()) {
    const name = published[i]
    // two heads of one kind would have one published name, so both have their own
    const chosen = name === undefined || times(name) > 1 ? parameter.path : name
    tensors.set(
      chosen,
      tensorUnder(instance, parameter, chosen, () => store.get(key).read()),
    )
  }
  writeSafetensors(folder.model(instance.name), tensors, { hashed: true, disk: folder.disk })
}

/** Reads it into the store, and defines missing parameters. */
export function readModel(
  folder: RunFolder,
  instance: ModelInstance,
  store: ParameterStore,
  spec: string,
): void {
  const parameters = storedParameters(instance)
  const wanted = new Set(parameters.map(({ parameter }) => parameter.path))
  const file = folder.model(instance.name)
  if (!folder.isEarlier) requireHashes(readSafetensorsHeader(file, folder))
  const { values } = loadWeights(instance, wanted, file, spec)
  for (const { key, parameter } of parameters) {
    const data = values.get(parameter.path)
    if (!data) continue
    if (store.has(key)) store.assign(key, data)
    else store.define(key, parameter.shape, data)
  }
}
