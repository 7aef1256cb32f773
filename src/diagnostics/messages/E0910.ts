import { defineMessage, type Span } from '../diagnostic.ts'

export const E0910 = defineMessage<{
  model: string
  path: string
  tensor: string
  file: string
  wanted: readonly number[]
  found: readonly number[]
  spec: string
  span?: Span
}>({
  code: 'E0910',
  title: 'a tensor of a checkpoint has another shape than the model',
  explanation: `A checkpoint fits a model only if every tensor has the model's shape. Another shape means another size (hidden_size, vocabulary, layers)
or another number of labels than the spec says.

Fails:
    teacher T : bert_base with { hidden_size = 512 } { weights = "weights/bert-base" }

Passes:
    teacher T : bert_base { weights = "weights/bert-base" }`,
  build: ({ model, path, tensor, file, wanted, found, spec, span }) => ({
    message: `${model}.${path} is [${wanted.join(', ')}] in ${spec}, but [${found.join(', ')}] in ${file}`,
    ...(span === undefined ? {} : { span, label: 'these weights' }),
    help: `the tensor there is ${tensor}; change the model's sizes, or give other weights`,
  }),
})
