import { defineMessage, type Span } from '../diagnostic.ts'

export const E0844 = defineMessage<{ span: Span; label: string; scheme: string; problem: string }>({
  code: 'E0844',
  title: 'a tag that the scheme does not have',
  explanation: `With \`scheme = bio\` the tags are O, and B-X and I-X for each type X.

Fails:
    data d { train = "a.conll", text = column("tokens"), label = tags(column("tags"), ["O", "PER"], scheme = bio), tokenizer = "weights/bert-base" }

Passes:
    data d { train = "a.conll", text = column("tokens"), label = tags(column("tags"), ["O", "B-PER", "I-PER"], scheme = bio), tokenizer = "weights/bert-base" }`,
  build: ({ span, label, scheme, problem }) => ({
    message: `the tag "${label}" is not of the scheme ${scheme}`,
    span,
    label: problem,
    help: 'bio has O, and B-X and I-X for each type X',
  }),
})
