import { defineMessage, type Span } from '../diagnostic.ts'

export const E0809 = defineMessage<{ path: string; problem: string; span?: Span }>({
  code: 'E0809',
  title: 'a vocabulary cannot be used',
  explanation: `A vocabulary of WordPiece has one piece a line, each once, \`##\` before pieces that continue a word, with the five special pieces
[PAD], [UNK], [CLS], [SEP] and [MASK]. Unigram tokenizers of SentencePiece are read too (E0813); byte-pair tokenizers are other models.

Fails:
    a vocab.txt without the line [MASK]

Passes:
    a vocab.txt with all five`,
  build: ({ path, problem, span }) => ({
    message: `the vocabulary \`${path}\` cannot be used: ${problem}`,
    help: 'use the vocab.txt of a BERT model, or train one: tokenizer = wordpiece(size = 8000)',
    ...(span === undefined ? {} : { span, label: 'this tokenizer' }),
  }),
})
