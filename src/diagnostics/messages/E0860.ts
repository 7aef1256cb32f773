import { defineMessage, type Span } from '../diagnostic.ts'

export const E0860 = defineMessage<{ span: Span; data: string; problem: string; help: string }>({
  code: 'E0860',
  title: 'these data cannot be augmented',
  explanation: `\`augment\` makes more training examples by replacing words of their texts, and needs something that proposes words. A label is copied, so it must be one
that still holds: a class, a number, tags (words with a tag other than O stay as they are), or none.

Fails:
    data questions { train = "train.json", label = span, ..., augment { vectors = "glove.txt" } }
    data labelled { train = "train.tsv", ..., augment { copies = 20 } }

Passes:
    data labelled { train = "train.tsv", ..., augment { proposals = G.mlm, vectors = "glove.txt", copies = 20 } }`,
  build: ({ span, data, problem, help }) => ({
    message: `data \`${data}\` cannot be augmented: ${problem}`,
    span,
    label: 'augmented here',
    help,
  }),
})
