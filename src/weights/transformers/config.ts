/** The content of a config.json, as the class and the settings of a model of std/. */
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { unusableModelFolder } from '../../diagnostics/messages/transformers.ts'
import { classNames } from '../class-names.ts'
import { activations, type Choice, type Family, type Form, families, type ModelClass } from './families.ts'

/** A model as config.json describes it. */
export interface ModelDescription {
  readonly family: Family
  readonly modelClass: ModelClass
  /** Setting -> value. */
  readonly sizes: ReadonlyMap<string, number>
  /** A function of the language: gelu, gelu_tanh, relu. */
  readonly activation: string
  /** The structures that its keys choose, in the order of the family's choices. */
  readonly forms: readonly Form[]
  /** Does a masked language model decode with the word embeddings? */
  readonly tied: boolean
  /** Names of the classes in order, where the file names them. */
  readonly labels: readonly string[] | undefined
}

export type Config = Readonly<Record<string, unknown>>

/**
 * A model as a config.json describes it.
 * @param file what messages call it
 * @throws DiagnosticError E0930 where it describes another architecture
 */
export function describeConfig(config: Config, file: string): ModelDescription {
  const family = requiredFamily(config, file)
  const sizes = new Map(family.sizes.map((size) => [size.setting, sizeOf(config, size, file)]))
  for (const key of family.only) {
    const only = family.fixed[key]
    if ((config[key] ?? only) !== only)
      throw unusable(
        file,
        `its ${key} is ${JSON.stringify(config[key])}; ${family.library} has only ${JSON.stringify(only)}`,
      )
  }
  const forms = family.choices.map((choice) => formOf(config, choice, file))
  for (const { only } of forms)
    if (only !== undefined && sizes.get(only.setting) !== only.value)
      throw unusable(file, `its ${only.setting} is ${sizes.get(only.setting)}, and ${only.why}`)
  const { key, otherwise } = family.activation
  const named = config[key] ?? otherwise
  const activation = activationCalled(named)
  if (activation === undefined)
    throw unusable(file, `its ${key} is ${JSON.stringify(named)}, which is not in the language`)
  return {
    family,
    modelClass: classOf(config, family, file),
    sizes,
    activation,
    forms,
    tied: config.tie_word_embeddings !== false,
    labels: labelsOf(config, file),
  }
}

function formOf(config: Config, { forms, otherwise }: Choice, file: string): Form {
  const said = (key: string): unknown => config[key] ?? otherwise[key]
  const found = forms.find(({ keys, when = keys }) =>
    Object.entries(when).every(([key, value]) => said(key) === value),
  )
  if (found !== undefined) return found
  const keys = Object.keys(otherwise).map((key) => `${key} ${JSON.stringify(said(key))}`)
  throw unusable(file, `no model of std/ has its ${keys.join(' and ')}`)
}

/** Our function that config.json calls so. */
export function activationCalled(named: unknown): string | undefined {
  return Object.keys(activations).find((name) => activations[name]?.some((one) => one === named))
}

/** Undefined where no class of the table is of its architecture. */
export function familyOf(config: Config): Family | undefined {
  const type = typeOf(config)
  if (type === undefined) return undefined
  return families.find(
    (one) => one.type === type || one.classes.some(({ elsewhere }) => elsewhere?.type === type),
  )
}

function typeOf(config: Config): unknown {
  return config.model_type ?? guessedType(config)
}

function requiredFamily(config: Config, file: string): Family {
  const family = familyOf(config)
  if (family !== undefined) return family
  const known = families.map((one) => one.type).join(', ')
  throw unusable(file, `its model_type is ${JSON.stringify(typeOf(config) ?? null)}; ${known} can be read`)
}

/** Files from before model_type was written: BERT's own, TinyBERT's. */
function guessedType(config: Config): string | undefined {
  if ('intra_bottleneck_size' in config) return 'mobilebert'
  if ('num_hidden_groups' in config) return 'albert'
  if ('dim' in config && 'n_layers' in config) return 'distilbert'
  return 'num_hidden_layers' in config && 'intermediate_size' in config ? 'bert' : undefined
}

function sizeOf(
  config: Config,
  { key, otherwise, setting }: { key: string; otherwise: number; setting: string },
  file: string,
): number {
  const value = config[key] ?? otherwise
  const share = ['hidden_dropout', 'attention_dropout', 'epsilon', 'std'].includes(setting)
  const sound =
    typeof value === 'number' &&
    (share ? value >= 0 && value < 1 : Number.isSafeInteger(value) && value > 0 && value < 1e7)
  if (!sound) throw unusable(file, `its ${key} is ${JSON.stringify(value)}`)
  return value
}

function classOf(config: Config, family: Family, file: string): ModelClass {
  const named = Array.isArray(config.architectures) ? config.architectures[0] : undefined
  const regression = config.problem_type === 'regression' || labelsOf(config, file)?.length === 1
  const bare = family.classes[0]
  const fitting = family.classes.filter(({ name }) => name === named)
  const chosen = fitting.find(({ heads }) => heads.includes('regressor') === regression) ?? fitting[0]
  // A class that is not in the table has the encoder all the same.
  const result = chosen ?? bare
  if (result === undefined) throw new Error(`no class of ${family.type}`)
  return result
}

function labelsOf(config: Config, file: string): readonly string[] | undefined {
  if (config.id2label === undefined || config.id2label === null) {
    const count = config.num_labels
    if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 1 || count > 1e6)
      return undefined
    return Array.from({ length: count }, (_, k) => `LABEL_${k}`)
  }
  const names = classNames(config.id2label)
  if (names === undefined) throw unusable(file, 'its id2label does not name the labels 0, 1, 2 ... once each')
  return names
}

export function unusable(place: string, problem: string): DiagnosticError {
  return new DiagnosticError(unusableModelFolder({ path: place, problem }))
}
