/** `continue optimizer` needs an optimizer of the stage before, and the same one. */
import { cannotContinue } from '../../diagnostics/messages/stages.ts'
import type { Rule } from './rule.ts'

export const continuedOptimizers: Rule = ({ stages }, reporter) => {
  for (const { name: stage, continues, before, ownOptimizer: own } of stages) {
    if (continues === undefined || before === undefined) continue
    const refuse = (found: string, why: string): void =>
      reporter.report(cannotContinue({ span: continues.span, stage, found, why }))
    const earlier = before.stage?.name ?? before.name
    if (before.optimizer === undefined) {
      if (!before.says('optimizer') && !before.says('continue'))
        refuse(`stage \`${earlier}\` has none`, `give stage \`${earlier}\` an optimizer`)
    } else if (own && own.kind !== before.optimizer.kind) {
      refuse(
        `it has ${own.kind}, stage \`${earlier}\` ${before.optimizer.kind}`,
        'leave one of the two out: an optimizer that is continued needs not be repeated',
      )
    }
  }
}
