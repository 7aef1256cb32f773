import { defineMessage, type Span } from '../diagnostic.ts'

export const E0814 = defineMessage<{ place: string; words: number; tags: number; also: string; span?: Span }>(
  {
    code: 'E0814',
    title: 'words and tags do not pair up',
    explanation: `Each word of a text has one tag. In CoNLL files a line is a word and its tag; in tables and JSON lines the two columns are lists of
one length.

Fails:
    {"tokens": ["New", "York"], "tags": ["B-location"]}

Passes:
    {"tokens": ["New", "York"], "tags": ["B-location", "I-location"]}`,
    build: ({ place, words, tags, also, span }) => ({
      message: `${place}: ${words} word${words === 1 ? '' : 's'} but ${tags} tag${tags === 1 ? '' : 's'}`,
      help: `each word has one tag, O where it is no part of a name${also}`,
      ...(span === undefined ? {} : { span, label: 'the tags' }),
    }),
  },
)
