import { defineMessage } from '../diagnostic.ts'

export const E1001 = defineMessage<{
  step: number
  stage: string
  what: string
  value: 'NaN' | 'infinite'
  where?: string
  examples: string
  kept: string
  rate: string
  clip?: number
}>({
  code: 'E1001',
  title: 'a loss is not a finite number any more',
  explanation: `A loss term, the total or a gradient became NaN or infinite. The run stops before the weights are updated, says in which
value of which layer it appears first and with which batch, and keeps the last good checkpoint. Usual causes: a rate that is too
high, no warm-up, the logarithm or square root of something that can be 0, a division by a size that can be 0.

Fails:
    loss sharp = mean(log(S.hidden[1] - S.hidden[1]))

Passes:
    loss sharp = mean(log(abs(S.hidden[1]) + 1e-6))`,
  build: ({ step, stage, what, value, where, examples, kept, rate, clip }) => ({
    message: `stopped at step ${step.toLocaleString('en-US')} of stage ${stage}: ${what} became ${value}`,
    help: [
      ...(where === undefined ? [] : [`first in ${where}`]),
      `batch ${examples}`,
      `${kept}. Try rate = ${rate}${clip === undefined ? '' : ` or clip = ${clip.toFixed(1)}`}`,
    ].join('\n'),
  }),
})
