/** Messages of tokenizers and vocabularies. */
import { defineMessage, type Span } from '../diagnostic.ts'

export const vocabularyNotFound = defineMessage<{ path: string; found: string; span?: Span }>({
  code: 'E0808',
  title: 'no vocabulary at this place',
  build: ({ path, found, span }) => ({
    message: `no vocabulary at \`${path}\`: ${found}`,
    help: 'name a folder with vocab.txt, spiece.model or tokenizer.json, or train one: tokenizer = wordpiece(size = 8000)',
    ...(span === undefined ? {} : { span, label: 'this tokenizer' }),
  }),
})

export const unusableVocabulary = defineMessage<{ path: string; problem: string; span?: Span }>({
  code: 'E0809',
  title: 'a vocabulary that cannot be used',
  build: ({ path, problem, span }) => ({
    message: `the vocabulary \`${path}\` cannot be used: ${problem}`,
    help: 'use the vocab.txt of a BERT model, or train one: tokenizer = wordpiece(size = 8000)',
    ...(span === undefined ? {} : { span, label: 'this tokenizer' }),
  }),
})

export const vocabularyTooSmall = defineMessage<{ data: string; size: number; needed: number; span?: Span }>({
  code: 'E0810',
  title: 'a vocabulary that is too small for its text',
  build: ({ data, size, needed, span }) => ({
    message: `a vocabulary of ${size} pieces is too small for the text of \`${data}\``,
    help: `its characters alone need ${needed} pieces: wordpiece(size = ${Math.max(1000, needed * 4)})`,
    ...(span === undefined ? {} : { span, label: 'this size' }),
  }),
})

export const noTextForTokenizer = defineMessage<{ data: string; span?: Span }>({
  code: 'E0812',
  title: 'no text to train a tokenizer on',
  build: ({ data, span }) => ({
    message: `data \`${data}\` has no training files for its tokenizer to learn from`,
    help: 'add `train = "..."`, or take the tokenizer of another block: tokenizer = OTHER.tokenizer',
    ...(span === undefined ? {} : { span, label: 'this tokenizer' }),
  }),
})

export const unusableSentencePiece = defineMessage<{ path: string; problem: string; span?: Span }>({
  code: 'E0813',
  title: 'a SentencePiece tokenizer that cannot be used',
  build: ({ path, problem, span }) => ({
    message: `the tokenizer \`${path}\` cannot be used: ${problem}`,
    help: 'use the spiece.model or tokenizer.json of an ALBERT model, or train one: tokenizer = wordpiece(size = 8000)',
    ...(span === undefined ? {} : { span, label: 'this tokenizer' }),
  }),
})
