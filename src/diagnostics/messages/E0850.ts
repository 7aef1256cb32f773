import { defineMessage, type Span } from '../diagnostic.ts'

export const E0850 = defineMessage<{
  span: Span
  first: string
  firstVocabulary: string
  second: string
  secondVocabulary: string
  firstSpan: Span
  secondSpan: Span
}>({
  code: 'E0850',
  title: 'two vocabularies meet',
  explanation: `Teacher, student and data of a stage read the same token numbers, so their vocabularies must be one.

Fails:
    model small = bert_base with { vocabulary = 30_000 }
    teacher T : bert_base { weights = "weights/bert-base" }
    student S : small
    stage s { minimize mse(S.hidden[12], T.hidden[12]) }

Passes:
    model small = bert_base with { layers = 6 }
    teacher T : bert_base { weights = "weights/bert-base" }
    student S : small
    stage s { minimize mse(S.hidden[6], T.hidden[12]) }`,
  build: ({ span, first, firstVocabulary, second, secondVocabulary, firstSpan, secondSpan }) => ({
    message: `${first} and ${second} have different vocabularies: ${firstVocabulary} and ${secondVocabulary}`,
    span,
    label: 'they read the same tokens here',
    secondary: [
      { span: firstSpan, text: firstVocabulary },
      { span: secondSpan, text: secondVocabulary },
    ],
    help: 'models of one stage read one batch of token numbers: give them one vocabulary',
  }),
})
