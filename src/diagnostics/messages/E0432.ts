import { defineMessage, type Span } from '../diagnostic.ts'

export const E0432 = defineMessage<{
  span: Span
  component: string
  problem: 'missing' | 'unwanted' | 'outside'
  from: number
  to: number
  found: string
}>({
  code: 'E0432',
  title: 'an index that does not fit',
  explanation: `A repeated block is written with an index: a number, a range, a name, or \`[*]\` for all; other names take none.

Fails:
    stage s { train S.layer.ffn, minimize imitate }

Passes:
    stage s { train S.layer[*].ffn, minimize imitate }`,
  build: ({ span, component, problem, from, to, found }) =>
    problem === 'missing'
      ? {
          message: `\`${component}\` is repeated`,
          span,
          help: `write ${component}[*] for all, or one of ${component}[${from}] .. ${component}[${to}]`,
        }
      : problem === 'unwanted'
        ? { message: `\`${component}\` is not repeated`, span, help: `write ${component} without an index` }
        : {
            message: `\`${found}\` is outside ${from}..${to}`,
            span,
            label: `only ${component}[${from}] .. ${component}[${to}]`,
          },
})
