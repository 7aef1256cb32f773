import { defineMessage, type Span } from '../diagnostic.ts'

export const E0913 = defineMessage<{
  model: string
  path: string
  first: string
  second: string
  file: string
  span?: Span
}>({
  code: 'E0913',
  title: 'a checkpoint has two values for one weight',
  explanation: `A model that shares layers or ties its decoder to the word embeddings has one weight where a file may hold several copies. They must be equal: a file
in which they differ is of a model that does not share or tie them, and taking one of the values would give another model.

Fails:
    teacher T : bert_base { weights = "weights/untied", heads { mlm = masked_lm(tied = embedding.word) } }

Passes:
    teacher T : bert_base { weights = "weights/untied", heads { mlm = masked_lm() } }`,
  build: ({ model, path, first, second, file, span }) => ({
    message: `${model}.${path} is one weight, but ${first} and ${second} in ${file} differ`,
    ...(span === undefined ? {} : { span, label: 'these weights' }),
    help: 'the file is of a model that does not tie or share them: declare the model so, or give other weights',
  }),
})
