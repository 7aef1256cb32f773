/** A model of a run as a class of transformers: which class, and what its config.json says. */
import type { ModelInstance } from '../check/program.ts'
import type { Term } from '../check/tensor-term.ts'
import type { Vocabulary } from '../data/dataset.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { cannotExport } from '../diagnostics/messages/transformers.ts'
import { activations, type Family, families, type ModelClass } from '../weights/transformers/families.ts'

export interface ClassOfModel {
  readonly family: Family
  readonly modelClass: ModelClass
  /** Kind of head -> its name in the model. */
  readonly heads: ReadonlyMap<string, string>
  /** Of the head that gives a class. */
  readonly classes: number | undefined
  /** Settings of the class that the model has not. */
  readonly settings: ReadonlyMap<string, number>
  /** How the class says the model, where it is not the class of its architecture. */
  readonly notes: readonly string[]
}

/**
 * @param named the class asked for, where it is not the one of transformers
 * @throws DiagnosticError E0931 where no class has these heads, or the model has no published names
 */
export function classOfModel(instance: ModelInstance, named?: string): ClassOfModel {
  const { family, settings, notes } = familyOfModel(instance, named)
  const epsilon = instance.settings.get('epsilon') ?? 1e-12
  if (epsilon !== 1e-12 && !family.sizes.some(({ setting }) => setting === 'epsilon'))
    throw refused(instance, `its epsilon is ${epsilon}, and always 1e-12 in the classes of ${family.type}`)
  const heads = new Map([...instance.heads].map(([name, { kind }]) => [kind, name]))
  const wanted = [...instance.heads.values()].map(({ kind }) => kind).sort()
  const fitting = family.classes.filter((one) => [...one.heads].sort().join() === wanted.join())
  const modelClass = fitting.find(({ name, elsewhere }) =>
    named === undefined ? elsewhere === undefined : name === named,
  )
  if (modelClass === undefined && fitting.length > 0)
    throw refused(
      instance,
      `with these heads it is no ${named}`,
      `it may be ${[...new Set(fitting.map(({ name }) => name))].join(' or ')}`,
    )
  if (modelClass === undefined)
    throw refused(instance, `no class of ${family.type} has exactly the heads ${wanted.join(' and ')}`)
  const classified = modelClass.heads.find((kind) => kind.endsWith('classifier'))
  const logits = `${heads.get(classified ?? '')}.logits`
  const classes = instance.parameters.find(({ path }) => path === `${logits}.bias`)?.shape[0]
  return { family, modelClass, heads, classes: classified ? classes : undefined, settings, notes }
}

/**
 * The family that the model's published names are of; where the model maps its embeddings, which of all families only ALBERT's classes do, ALBERT's, with a group
 * for each layer.
 */
function familyOfModel(
  instance: ModelInstance,
  named: string | undefined,
): Pick<ClassOfModel, 'family' | 'settings' | 'notes'> {
  const prefix = instance.names.get('huggingface')?.prefix
  const own = families.find(({ type }) => `${type}.` === prefix)
  if (own === undefined) {
    const known = families.map(({ model }) => model).join(', ')
    throw refused(
      instance,
      `its names of tensors are of no class that is known (${known} and what is derived from them)`,
    )
  }
  const mapping = families.find(({ sizes }) => sizes.some(({ setting }) => setting === 'embedding_size'))
  const maps = instance.parameters.some(({ path }) => path === 'input.weight' || path === 'input.left')
  const asked = own.classes.some(({ name }) => name === named)
  if (!maps || asked || mapping === undefined || mapping === own)
    return { family: own, settings: new Map(), notes: [] }
  return {
    family: mapping,
    settings: new Map([['groups', instance.layers ?? 1]]),
    notes: [
      `no class of ${own.type} maps its embeddings to the size of its states: it is one of ${mapping.type}, with a group for each layer`,
    ],
  }
}

/** The version whose layout of folders an export follows; it decides nothing for these classes. */
const transformersVersion = '4.48.2'

export interface ConfigExtras {
  readonly vocabulary: Pick<Vocabulary, 'padding' | 'classify' | 'separate'>
  /** Names of the classes, where they have some. */
  readonly labels: readonly string[] | undefined
}

/** config.json of the class, in the order in which transformers describes it. */
export function configOf(
  instance: ModelInstance,
  { family, modelClass, classes, settings }: ClassOfModel,
  { vocabulary, labels }: ConfigExtras,
): Record<string, unknown> {
  const config: Record<string, unknown> = {
    model_type: modelClass.elsewhere?.type ?? family.type,
    architectures: [modelClass.name],
  }
  for (const { setting, key, otherwise } of family.sizes)
    config[key] =
      (setting === 'vocabulary' ? rowsOfEmbedding(instance) : undefined) ??
      settings.get(setting) ??
      instance.settings.get(setting) ??
      otherwise
  config[family.activation.key] =
    activations[activationOf(instance) ?? '']?.[0] ?? family.activation.otherwise
  Object.assign(config, family.fixed, { pad_token_id: vocabulary.padding })
  if (family.type === 'albert')
    Object.assign(config, { bos_token_id: vocabulary.classify, eos_token_id: vocabulary.separate })
  Object.assign(config, { torch_dtype: 'float32', transformers_version: transformersVersion })
  if (modelClass.heads.includes('regressor')) {
    const label = 'LABEL_0'
    return { ...config, problem_type: 'regression', id2label: { '0': label }, label2id: { [label]: 0 } }
  }
  if (classes === undefined) return config
  const names = labels?.length === classes ? labels : Array.from({ length: classes }, (_, k) => `LABEL_${k}`)
  config.id2label = Object.fromEntries(names.map((name, k) => [`${k}`, name]))
  config.label2id = Object.fromEntries(names.map((name, k) => [name, k]))
  return config
}

/** A vocabulary of the data is a setting without a number; its embedding has as many rows. */
export function rowsOfEmbedding({ parameters }: ModelInstance): number | undefined {
  return parameters.find(({ path }) => path === 'embedding.word.weight' || path === 'embedding.word.left')
    ?.shape[0]
}

/** The first activation on the way to the last state. What is chosen wrongly here is found when logits are compared. */
function activationOf({ taps, layers }: ModelInstance): string | undefined {
  const start = taps.get(`hidden[${layers}]`) ?? taps.get('output')
  const waiting: Term[] = start === undefined ? [] : [start]
  const seen = new Set(waiting)
  for (let term = waiting.pop(); term !== undefined; term = waiting.pop()) {
    const { operation, inputs } = term
    if (operation.op === 'unary' && Object.hasOwn(activations, operation.name)) return operation.name
    for (const input of inputs) {
      if (seen.has(input)) continue
      seen.add(input)
      waiting.push(input)
    }
  }
  return undefined
}

export function refused(instance: ModelInstance, problem: string, help?: string): DiagnosticError {
  return new DiagnosticError(
    cannotExport({ model: instance.name, problem, ...(help === undefined ? {} : { help }) }),
  )
}
