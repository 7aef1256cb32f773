/**
 * Messages of folders of transformers: where config.json, labels or vocabulary contradict the spec, and
 * export.
 */
import { defineMessage, type Span } from '../diagnostic.ts'

export const differentLabelOrder = defineMessage<{
  head: string
  file: string
  found: readonly string[]
  data: string
  labels: readonly string[]
  at: number
  tags: boolean
  labelFile?: string
  span?: Span
  dataSpan: Span
}>({
  code: 'E0319',
  title: 'labels of weights in another order',
  build: ({ head, file, found, data, labels, at, tags, labelFile, span, dataSpan }) => {
    const names = found.map((name) => JSON.stringify(exactly(name, labels)))
    const shown = names.length > 12 ? [...names.slice(0, 8), `and ${names.length - 8} more`] : names
    const list = `[${shown.join(', ')}]`
    return {
      message: `the labels of ${head} stand in another order in ${file} than in data \`${data}\``,
      ...(span === undefined ? {} : { span, label: `class ${at} is ${found[at]}` }),
      secondary: [{ span: dataSpan, text: `class ${at} is ${labels[at]}` }],
      help:
        labelFile === undefined
          ? `write them in the order that the weights were trained with: ${tags ? 'tags' : 'class'}(column(...), ${list})`
          : `put the lines of ${labelFile} in the order that the weights were trained with: ${list}`,
    }
  },
})

/** As the data writes it. */
function exactly(name: string, labels: readonly string[]): string {
  const plain = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
  return labels.includes(name) ? name : (labels.find((label) => plain(label) === plain(name)) ?? name)
}

export const differentLabels = defineMessage<{
  head: string
  file: string
  found: readonly string[]
  data: string
  labels: readonly string[]
  at: number
  /** Whether the file belongs to a run, where users do not edit it. */
  byRun: boolean
  span?: Span
  dataSpan: Span
}>({
  code: 'E0320',
  title: 'weights with other labels',
  build: ({ head, file, found, data, labels, at, byRun, span, dataSpan }) => {
    const [own, other] = [found[at], labels[at]]
    const only = (name: string, count: number): string => `${name} has only ${count}`
    const [name] = head.split('.').slice(1)
    const entries = labels.map((label, k) => `"${k}": ${JSON.stringify(label)}`)
    const table = entries.length > 12 ? `${entries.slice(0, 8).join(', ')} ...` : entries.join(', ')
    return {
      message: `${head} has other labels in ${file} than in data \`${data}\`: class ${at} is ${own === undefined ? `${other}, where ${only(file, found.length)}` : other === undefined ? `${own}, where ${only(data, labels.length)}` : `${own} there and ${other} here`}`,
      ...(span === undefined
        ? {}
        : { span, label: own === undefined ? only('it', found.length) : `class ${at} is ${own}` }),
      secondary: [
        {
          span: dataSpan,
          text: other === undefined ? only('it', labels.length) : `class ${at} is ${other}`,
        },
      ],
      help: [
        ...(byRun ? [] : [`if they mean the same, say so in ${file}: "id2label": { ${table} }`]),
        `${byRun ? '' : 'else '}the head is of another task: take other weights, or start it at random: init { ${name}.** from normal(0.02) }`,
      ].join('\n'),
    }
  },
})

export const differentPieces = defineMessage<{
  model: string
  file: string
  data: string
  /** The source of the data's pieces. */
  source: string
  at: number
  /** Absent at the end of the list. */
  found: string | undefined
  piece: string | undefined
  folder: string
  span?: Span
  dataSpan: Span
}>({
  code: 'E0321',
  title: 'weights with another vocabulary',
  build: ({ model, file, data, source, at, found, piece, folder, span, dataSpan }) => {
    const said = (one: string | undefined): string => (one === undefined ? 'nothing' : `\`${one}\``)
    return {
      message: `the weights of ${model} and data \`${data}\` have different vocabularies: piece ${at} is ${said(found)} in ${file} and ${said(piece)} in ${source}`,
      ...(span === undefined ? {} : { span, label: `piece ${at} is ${said(found)}` }),
      secondary: [{ span: dataSpan, text: `piece ${at} is ${said(piece)}` }],
      help: `read the data with the tokenizer of the weights, the one of ${folder}, or take weights of this vocabulary`,
    }
  },
})

/** One setting that a model and the config.json of its weights have with different values. */
export interface ConfigMismatch {
  /** heads, epsilon, activation, layers, positions */
  readonly setting: string
  /** As the spec writes it. */
  readonly own: string
  readonly found: string
  /** The setting in config.json, with its line. */
  readonly text: string
  /** Its place in the model. */
  readonly span?: Span
  /** Whether the model can simply be given the other value. */
  readonly settable: boolean
}

export const differentConfig = defineMessage<{
  instance: string
  model: string
  file: string
  differences: readonly ConfigMismatch[]
  span?: Span
}>({
  code: 'E0322',
  title: 'weights that another computation belongs to',
  build: ({ instance, model, file, differences, span }) => {
    const [first, ...others] = differences
    const parts = [
      `${first?.setting} ${first?.setting === 'positions' ? 'are' : 'is'} ${first?.own} here and ${first?.found} in ${file}`,
      ...others.map(({ setting, own, found }) => `${setting} ${own} here and ${found} there`),
    ]
    const settings = differences.flatMap(({ setting, found, settable }) =>
      settable ? [`${setting} = ${found}`] : [],
    )
    const known = settings.length === differences.length
    return {
      message: `${instance} does not match the config.json of its weights: ${parts.join(', ')}`,
      ...(span === undefined ? {} : { span, label: differences.map(({ text }) => text).join(', ') }),
      secondary: differences.flatMap((one) =>
        one.span ? [{ span: one.span, text: `${one.own} here, ${one.found} in config.json` }] : [],
      ),
      help: [
        ...(known
          ? [`write what the weights were trained with: ${model} with { ${settings.join(', ')} }`]
          : ['take weights that were trained with what the language has']),
        `if ${instance} is to differ and only start from these weights, declare a teacher T as config.json describes, and take them from it: init { ** from T }`,
      ].join('\n'),
    }
  },
})

export const tooManyLayers = defineMessage<{
  instance: string
  model: string
  file: string
  /** `layers`, or a part of the names of tensors. */
  what: string
  found: number
  own: number
  tensors: readonly string[]
  span?: Span
  modelSpan: Span
}>({
  code: 'E0510',
  title: 'weights of more layers than the model has',
  build: ({ instance, model, file, what, found, own, tensors, span, modelSpan }) => {
    const isLayers = what === 'layers'
    const [first = '', ...others] = tensors
    const unused = others.length > 0 ? `${first} and ${others.length} more tensors` : first
    return {
      message: isLayers
        ? `${file} has ${found} layers, ${instance} has ${own}`
        : `${file} has ${found} of ${what}, ${instance} has ${own}`,
      ...(span === undefined ? {} : { span, label: isLayers ? `${found} layers` : `${found} of ${what}` }),
      secondary: [{ span: modelSpan, text: isLayers ? `${own} layers` : `${own} of them` }],
      help: [
        `not used: ${unused}`,
        ...(isLayers
          ? [
              `say which layers are meant: declare the model of ${found} layers, and take them from it`,
              `    model whole = ${model} with { layers = ${found} }`,
              `    teacher B : whole { weights = ... }`,
              `    map g : ${model} -> whole = uniform(round = floor)`,
              `    init { ** from B, layer[m] from B.layer[g(m)] }`,
              `or give ${instance} all ${found}`,
            ]
          : ['give the model as many, or take other weights']),
      ].join('\n'),
    }
  },
})

export const unusableModelFolder = defineMessage<{ path: string; problem: string }>({
  code: 'E0930',
  title: 'a model folder that cannot be used',
  build: ({ path, problem }) => ({
    message: `\`${path}\` cannot be used: ${problem}`,
    help: 'give the folder of a BERT, DistilBERT, ALBERT, MobileBERT or TinyBERT with config.json, its weights and its vocabulary',
  }),
})

export const cannotExport = defineMessage<{ model: string; problem: string; help?: string }>({
  code: 'E0931',
  title: 'a model that no class of transformers computes',
  build: ({ model, problem, help }) => ({
    message: `${model} cannot be exported: ${problem}`,
    help: `${help ?? 'best/MODEL.safetensors of the run has its weights under published names, for a program of your own'}
an ONNX file needs no class of transformers: export it with --onnx`,
  }),
})
