import { defineMessage, type Span } from '../diagnostic.ts'

export const E0440 = defineMessage<{
  span: Span
  path: string
  model: string
  suggestion: string | undefined
  known: readonly string[]
}>({
  code: 'E0440',
  title: 'a line of a names table matches no binding',
  explanation: `Every line names a binding of the model, or one that \`without\` removed, so that a renamed binding cannot lose its name in silence.

Fails:
    names huggingface { embedding.words -> "embeddings.word_embeddings" }

Passes:
    names huggingface { embedding.word -> "embeddings.word_embeddings" }`,
  build: ({ span, path, model, suggestion, known }) => ({
    message: `${model} has no binding \`${path}\` to name`,
    span,
    ...(suggestion === undefined
      ? known.length === 0
        ? {}
        : { help: `known here: ${known.join(', ')}` }
      : { label: `did you mean \`${suggestion}\`?` }),
  }),
})
