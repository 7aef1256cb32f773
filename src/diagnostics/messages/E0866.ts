import { defineMessage, type Span } from '../diagnostic.ts'

export const E0866 = defineMessage<{
  place: string
  /** 1-based place in the sentence. */
  word: number
  read: string
  labels: readonly string[]
  also: string
  span?: Span
}>({
  code: 'E0866',
  title: 'a number is no index into the tags',
  explanation: `Where tags are numbers, as in \`ner_tags: list<int64>\`, they count the tags of the spec from 0. (Where one of those tags itself
reads as a whole number, numbers are names of tags.)

Fails (a row of train.parquet has the tags 0, 3):
    label = tags(column("ner_tags"), ["O", "B-person", "I-person"], scheme = bio)

Passes: all tags listed, in the order that the numbers count.
    label = tags(column("ner_tags"), ["O", "B-person", "I-person", "B-location", "I-location"], scheme = bio)`,
  build: ({ place, word, read, labels, also, span }) => ({
    message: `${place}: the tag of word ${word} is ${read}, and there are ${labels.length} tags`,
    help: `numbers count the tags from 0: 0 is \`${labels[0] ?? ''}\`, ${labels.length - 1} is \`${labels.at(-1) ?? ''}\`${also}`,
    ...(span === undefined ? {} : { span, label: 'the tags' }),
  }),
})
