/** The differences between a model and the config.json of its weights. */
import type { ModelInstance, ModelParameter } from '../check/program.ts'
import type { Span } from '../diagnostics/diagnostic.ts'
import type { ConfigMismatch } from '../diagnostics/messages/transformers.ts'
import { type Computation, type ConfigEntry, shortNumber } from '../weights/transformers/computation.ts'
import { activations } from '../weights/transformers/families.ts'

/**
 * Compares only settings that both have: a setting under its name in std/, or a function of the language.
 * Layers are compared if some are shared. Otherwise each layer has tensors of its own, and missing or extra
 * ones are found when the file is read (E0911, E0510).
 */
export function configDifferences(
  instance: ModelInstance,
  { type, entries }: Computation,
): readonly ConfigMismatch[] {
  if (instance.names.get('huggingface')?.prefix !== `${type}.`) return []
  return entries.flatMap((entry): readonly ConfigMismatch[] => {
    const said = ownValue(instance, entry)
    if (said === undefined || said.value === entry.value) return []
    const { setting, text, value } = entry
    const known = typeof value === 'number' || Object.hasOwn(activations, value)
    return [
      {
        setting,
        own: shown(said.value),
        found: shown(value),
        text,
        settable: setting !== 'positions' && known,
        ...(said.span ? { span: said.span } : {}),
      },
    ]
  })
}

/** The parameters of its layers. config.json describes all layers alike. */
export function layerParameters({ parameters }: ModelInstance): readonly ModelParameter[] {
  return parameters.filter(({ part, path }) => part === 'encoder' && /^layer\[/.test(path))
}

function ownValue(
  instance: ModelInstance,
  { setting }: ConfigEntry,
): { readonly value: number | string; readonly span?: Span | undefined } | undefined {
  if (setting === 'positions') return ownPositions(instance)
  if (setting === 'layers' && layerParameters(instance).every(({ path, canonical }) => path === canonical))
    return undefined
  const value = instance.settings.get(setting) ?? instance.functions.get(setting)
  return value === undefined ? undefined : { value, span: instance.bindings.get(setting) }
}

/**
 * A table of positions that is added to the words is `absolute`. A model with a table of distances is not
 * compared.
 */
function ownPositions({ names, parameters }: ModelInstance): ReturnType<typeof ownValue> {
  const published = [...(names.get('huggingface')?.parameters ?? [])]
  if (published.some(([, { name }]) => name.includes('distance_embedding'))) return undefined
  const [table] = published.find(([, { name }]) => name.endsWith('position_embeddings.weight')) ?? []
  const parameter = parameters.find(({ path }) => path === table)
  return parameter && { value: 'absolute', span: parameter.span }
}

function shown(value: number | string): string {
  return typeof value === 'number' ? shortNumber(value) : value
}
