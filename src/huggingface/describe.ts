/** A model of a run as a class of transformers: the class, and its config.json. */
import type { ModelInstance } from '../check/program.ts'
import type { Term } from '../check/tensor-term.ts'
import type { Vocabulary } from '../data/dataset.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { cannotExport } from '../diagnostics/messages/transformers.ts'
import {
  activations,
  albert,
  type Family,
  type Form,
  families,
  type ModelClass,
} from '../weights/transformers/families.ts'

export interface ClassOfModel {
  readonly family: Family
  readonly modelClass: ModelClass
  /** Kind of head -> its name in the model. */
  readonly heads: ReadonlyMap<string, string>
  /** Number of classes of a classifying head. */
  readonly classes: number | undefined
  /** Has the folder a pooler? */
  readonly pooler: boolean
  /** Settings of the class that the model lacks. */
  readonly settings: ReadonlyMap<string, number>
  /** The structures that keys of config.json choose, in the order of the family's choices. */
  readonly forms: readonly Form[]
  /** Has its masked language model a decoder of its own in the folder? */
  readonly untied: boolean
  /** The model reads the embedding of padding as zeros; its class reads the row of the table. */
  readonly masksPadding: boolean
  /** How the class represents the model, if the model is not of its architecture. */
  readonly notes: readonly string[]
}

/** What is asked for, where it is not the class of transformers that has all heads of the model. */
export interface Wanted {
  readonly modelClass?: string
  /** The heads of the folder; absent: all. */
  readonly heads?: readonly string[]
  /** False: the pooler of the model is no pooler of the class. */
  readonly pooler?: boolean
}

/** @throws DiagnosticError E0931 where no class has these heads, or the model has no published names */
export function classOfModel(instance: ModelInstance, wanted: Wanted = {}): ClassOfModel {
  const heads = headsByKind(instance, wanted.heads)
  const { family, settings, notes } = familyOfModel(instance, [...heads.keys()], wanted.modelClass)
  const epsilon = instance.settings.get('epsilon') ?? 1e-12
  if (epsilon !== 1e-12 && !family.sizes.some(({ setting }) => setting === 'epsilon'))
    throw refused(instance, `its epsilon is ${epsilon}, and always 1e-12 in the classes of ${family.type}`)
  const forms = family.choices.map(({ forms }) => forms.find(({ fits }) => fits(instance)) ?? forms[0])
  for (const { only } of forms)
    if (only !== undefined && instance.settings.get(only.setting) !== only.value)
      throw refused(
        instance,
        `its ${only.setting} is ${instance.settings.get(only.setting)}, and ${only.why}`,
        `train with \`${only.setting} = ${only.value}\``,
      )
  const modelClass = chosenClass(instance, family, [...heads.keys()], wanted.modelClass)
  const classified = modelClass.heads.find((kind) => kind.endsWith('classifier'))
  const logits = `${heads.get(classified ?? '')}.logits`
  const classes = instance.parameters.find(({ path }) => path === `${logits}.bias`)?.shape[0]
  const masksPadding = readsPaddingAsZeros(instance)
  return {
    family,
    modelClass,
    heads,
    classes: classified ? classes : undefined,
    pooler:
      modelClass.pooler &&
      wanted.pooler !== false &&
      (instance.taps.has('pooler') || modelClass.heads.length > 0),
    settings,
    forms,
    untied: hasOwnDecoder(instance, heads) || (masksPadding && heads.has('mobilebert_masked_lm')),
    masksPadding,
    notes,
  }
}

/**
 * The heads of each folder that the model is exported to: all in one where a class has them together,
 * otherwise each in its own.
 */
export function headsOfFolders(instance: ModelInstance): readonly (readonly string[])[] {
  const names = [...instance.heads.keys()]
  const kinds = [...instance.heads.values()].map(({ kind }) => kind)
  const own = ownFamily(instance)
  const together = own !== undefined && [own, albert].some((family) => classesWith(family, kinds).length > 0)
  return names.length < 2 || together ? [names] : names.map((name) => [name])
}

function headsByKind(instance: ModelInstance, wanted: readonly string[] | undefined): Map<string, string> {
  const heads = [...instance.heads].filter(([name]) => wanted?.includes(name) ?? true)
  const byKind = new Map(heads.map(([name, { kind }]) => [kind, name]))
  if (byKind.size < heads.length)
    throw refused(instance, 'it has two heads of one kind', 'choose one with --head')
  return byKind
}

function classesWith(family: Family, heads: readonly string[]): readonly ModelClass[] {
  const wanted = heads.toSorted().join()
  return family.classes.filter((one) => one.heads.toSorted().join() === wanted)
}

function chosenClass(
  instance: ModelInstance,
  family: Family,
  heads: readonly string[],
  named: string | undefined,
): ModelClass {
  const fitting = classesWith(family, heads)
  const modelClass = fitting.find(({ name, elsewhere }) =>
    named === undefined ? elsewhere === undefined : name === named,
  )
  if (modelClass !== undefined) return modelClass
  if (fitting.length === 0)
    throw refused(
      instance,
      `no class of ${family.type} has exactly the heads ${heads.toSorted().join(' and ')}`,
    )
  throw refused(
    instance,
    `with these heads it is no ${named}`,
    `it may be ${[...new Set(fitting.map(({ name }) => name))].join(' or ')}`,
  )
}

/**
 * The decoder that a class stores apart while the model ties it to the word embeddings: the class's name of
 * its weight.
 */
export function copiedDecoder(
  instance: ModelInstance,
  { heads, untied }: Pick<ClassOfModel, 'heads' | 'untied'>,
): string | undefined {
  const head = heads.get('mobilebert_masked_lm')
  return untied && head !== undefined && !hasOwnDecoder(instance, heads) ? `${head}.tied.weight` : undefined
}

/** A weight of the decoder that is no other's. */
function hasOwnDecoder({ parameters }: ModelInstance, heads: ReadonlyMap<string, string>): boolean {
  const decoders = [`${heads.get('masked_lm')}.logits`, `${heads.get('mobilebert_masked_lm')}.tied`]
  return parameters.some(({ path }) =>
    decoders.some((decoder) => path === `${decoder}.weight` || path === `${decoder}.left`),
  )
}

/** `if attended then word else 0` */
function readsPaddingAsZeros({ taps }: ModelInstance): boolean {
  const live = taps.get('embedding.live')
  const [condition, value, otherwise] = live?.inputs ?? []
  return (
    live?.operation.op === 'select' &&
    condition?.operation.op === 'input' &&
    condition.operation.name === 'attended' &&
    value === taps.get('embedding.word') &&
    otherwise?.operation.op === 'number' &&
    otherwise.operation.value === 0
  )
}

/** The family whose names the tensors of the model have. */
export function ownFamily({ names }: ModelInstance): Family | undefined {
  const prefix = names.get('huggingface')?.prefix
  return families.find(({ type }) => `${type}.` === prefix)
}

/**
 * The family of the model's published names. Only ALBERT's classes map embeddings, so a model that does is of
 * ALBERT's family, with a group for each layer.
 */
function familyOfModel(
  instance: ModelInstance,
  heads: readonly string[],
  named: string | undefined,
): Pick<ClassOfModel, 'family' | 'settings' | 'notes'> {
  const own = ownFamily(instance)
  if (own === undefined) {
    const known = families.map(({ model }) => model).join(', ')
    throw refused(
      instance,
      `its names of tensors are of no class that is known (${known} and what is derived from them)`,
    )
  }
  const layers = instance.layers ?? 1
  const groups = groupsOf(instance, layers)
  const settings = new Map([['groups', groups]])
  if (own.type === 'albert') return { family: own, settings, notes: [] }
  const maps = instance.parameters.some(({ path }) => path === 'input.weight' || path === 'input.left')
  const shares = groups < layers && classesWith(albert, heads).length > 0
  const asked = own.classes.some(({ name }) => name === named)
  if (asked || own.type === 'mobilebert' || !(maps || shares))
    return { family: own, settings: new Map(), notes: [] }
  const reasons = [
    ...(maps ? ['maps its embeddings to the size of its states'] : []),
    ...(groups < layers ? ['shares its layers'] : []),
  ]
  const number = groups === layers ? 'a group for each layer' : groups === 1 ? '1 group' : `${groups} groups`
  return {
    family: albert,
    settings,
    notes: [`no class of ${own.type} ${reasons.join(' or ')}: it is one of ALBERT's, with ${number}`],
  }
}

/**
 * The fewest groups of layers, as ALBERT's classes form them, in which all layers of a group have the same
 * parameters.
 */
function groupsOf({ parameters }: ModelInstance, layers: number): number {
  const canonical = new Map(parameters.map(({ path, canonical: first }) => [path, first]))
  const inLayers = parameters.filter(({ path }) => path.startsWith('layer[1].'))
  for (let groups = 1; groups < layers; groups++) {
    const shared = Array.from({ length: layers }, (_, k) => k).every((k) => {
      const first = Math.ceil((Math.floor((k * groups) / layers) * layers) / groups)
      return inLayers.every(({ path }) => {
        const rest = path.slice('layer[1]'.length)
        const own = canonical.get(`layer[${k + 1}]${rest}`)
        return own !== undefined && own === canonical.get(`layer[${first + 1}]${rest}`)
      })
    })
    if (shared) return groups
  }
  return layers
}

/** An export has the folder layout of this version. It has no other effect for these classes. */
const transformersVersion = '4.48.2'

export interface ConfigExtras {
  readonly vocabulary: Pick<Vocabulary, 'padding' | 'classify' | 'separate'>
  /** Names of the classes, if they have any. */
  readonly labels: readonly string[] | undefined
}

/** config.json of the class, in the order in which transformers describes it. */
export function configOf(
  instance: ModelInstance,
  { family, modelClass, classes, settings, forms, untied }: ClassOfModel,
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
  Object.assign(config, family.fixed, ...forms.map(({ keys }) => keys))
  Object.assign(config, { pad_token_id: vocabulary.padding })
  if (untied) Object.assign(config, { tie_word_embeddings: false })
  if (family.type === 'albert')
    Object.assign(config, { bos_token_id: vocabulary.classify, eos_token_id: vocabulary.separate })
  Object.assign(config, { torch_dtype: 'float32', transformers_version: transformersVersion })
  if (modelClass.heads.includes('regressor'))
    return { ...config, problem_type: 'regression', ...labelConfig(1, undefined) }
  return classes === undefined ? config : { ...config, ...labelConfig(classes, labels) }
}

/** The names of classes in config.json; `LABEL_0` and so on where they have none. */
export function labelConfig(
  classes: number,
  labels: readonly string[] | undefined,
): Readonly<Record<'id2label' | 'label2id', unknown>> {
  const names = labels?.length === classes ? labels : Array.from({ length: classes }, (_, k) => `LABEL_${k}`)
  return {
    id2label: Object.fromEntries(names.map((name, k) => [`${k}`, name])),
    label2id: Object.fromEntries(names.map((name, k) => [name, k])),
  }
}

/**
 * The rows of the embedding. A vocabulary of the data is no number in the settings, so its size is taken from
 * there.
 */
export function rowsOfEmbedding({ parameters }: ModelInstance): number | undefined {
  return parameters.find(({ path }) => path === 'embedding.word.weight' || path === 'embedding.word.left')
    ?.shape[0]
}

/** The first activation before the last state. If that is wrong, the comparison of logits finds it. */
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
