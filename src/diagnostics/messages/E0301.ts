import { defineMessage, type Span } from '../diagnostic.ts'

export const E0301 = defineMessage<{
  span: Span
  operation: string
  axis: string
  shape: string
  help?: string | undefined
}>({
  code: 'E0301',
  title: 'an axis that is not there',
  explanation: `Operations name the axis that they work on; the tensor must have it.

Fails:
    pooled = split(output.first.first, 12)

Passes:
    pooled = output.first`,
  build: ({ span, operation, axis, shape, help }) => ({
    message: `\`${operation}\` needs a ${axis} axis, found ${shape}`,
    span,
    label: `no ${axis} axis`,
    ...(help === undefined ? {} : { help }),
  }),
})
