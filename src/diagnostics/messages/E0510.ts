import { defineMessage, type Span } from '../diagnostic.ts'

export const E0510 = defineMessage<{
  instance: string
  model: string
  file: string
  /** `layers`, or a part of tensors' names. */
  what: string
  found: number
  own: number
  tensors: readonly string[]
  span?: Span
  modelSpan: Span
}>({
  code: 'E0510',
  title: 'weights of more layers than the model has',
  explanation: `A file of weights has more layers than the model that is to start from it. Taken as they stand, its first layers would go into the student and
the others would be lost, which is seldom meant. The model of the file is a model of its own; an \`init\` line says which of its layers go where.

Fails:
    model small = bert_base with { layers = 4 }
    student S : small { weights = "weights/bert-base" }                       12 layers

Passes:
    teacher B : bert_base { weights = "weights/bert-base" }
    map g : small -> bert_base = uniform
    student S : small { init { ** from B, layer[m] from B.layer[g(m)] } }`,
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
