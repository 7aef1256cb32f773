import { defineMessage, type Span } from '../diagnostic.ts'

export const E0812 = defineMessage<{ data: string; span?: Span }>({
  code: 'E0812',
  title: 'there is no text to train this tokenizer on',
  explanation: `\`wordpiece(size = ...)\` learns its pieces from the training files of its data block, never from validation or test files.

Fails:
    data labelled { test = "test.tsv", tokenizer = wordpiece(size = 8000), ... }

Passes:
    data labelled { train = "train.tsv", test = "test.tsv", tokenizer = wordpiece(size = 8000), ... }`,
  build: ({ data, span }) => ({
    message: `data \`${data}\` has no training files for its tokenizer to learn from`,
    help: 'add `train = "..."`, or take the tokenizer of another block: tokenizer = OTHER.tokenizer',
    ...(span === undefined ? {} : { span, label: 'this tokenizer' }),
  }),
})
