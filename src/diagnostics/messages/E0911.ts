import { defineMessage, type Span } from '../diagnostic.ts'

export const E0911 = defineMessage<{
  model: string
  file: string
  missing: readonly string[]
  present: readonly string[]
  span?: Span
}>({
  code: 'E0911',
  title: 'a checkpoint is of another model',
  explanation: `The file is sound, but it lacks tensors that the model needs, under the published names and under our own. Only heads may be missing:
they are then initialised anew. Usually the file belongs to another architecture.

Fails:
    teacher T : bert_base { weights = "weights/distilbert" }

Passes:
    student S : distilbert { weights = "weights/distilbert" }`,
  build: ({ model, file, missing, present, span }) => ({
    message: `${file} does not hold the weights of ${model}: ${missing.length === 1 ? 'a tensor that it needs is' : `${missing.length} tensors that it needs are`} not there`,
    ...(span === undefined ? {} : { span, label: 'these weights' }),
    help: [
      `missing: ${some(missing)}`,
      present.length === 0
        ? 'the file holds nothing that the model does not use: it may be of fewer layers, or damaged'
        : `in the file, unused: ${some(present)}`,
    ].join('\n'),
  }),
})

function some(names: readonly string[]): string {
  return names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
}
