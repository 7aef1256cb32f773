import { defineMessage, type Span } from '../diagnostic.ts'

export const E0423 = defineMessage<{
  span: Span
  parameter: string
  shape: string
  source: string
  sourceShape: string
  parameterSpan: Span
  sourceSpan: Span
}>({
  code: 'E0423',
  title: 'initialisation from another shape',
  explanation: `A parameter is copied as it is, so both sides need one shape.

Fails:
    student S : tinybert_4 { init { embedding from T.embedding } }      // 312 units from 768

Passes:
    student S : tinybert_6 { init { embedding from T.embedding } }`,
  build: ({ span, parameter, shape, source, sourceShape, parameterSpan, sourceSpan }) => ({
    message: `\`${parameter}\` is ${shape}, but \`${source}\` is ${sourceShape}`,
    span,
    secondary: [
      { span: parameterSpan, text: shape },
      { span: sourceSpan, text: sourceShape },
    ],
    help: 'leave this one out, or initialise it from normal(0.02)',
  }),
})
