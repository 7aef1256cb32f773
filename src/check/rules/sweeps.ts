/** A spec has one sweep. It lists each value once, and its combinations are within the limit. */
import { repeatedSetting, repeatedSweepValue } from '../../diagnostics/messages/settings.ts'
import { tooManyCombinations } from '../../diagnostics/messages/stages.ts'
import type { Expression } from '../../syntax/expressions.ts'
import { limits } from '../../syntax/limits.ts'
import { describe } from '../entries.ts'
import { sweepDeclarations } from '../sweep.ts'
import type { Rule } from './rule.ts'

export const sweeps: Rule = ({ checker, sweep }, reporter) => {
  const [first, second] = sweepDeclarations(checker)
  if (!first) return
  if (second) reporter.report(repeatedSetting({ span: second.span, name: 'sweep', first: first.span }))
  let count = 1
  for (const { name, values } of sweep) {
    const known = new Map<string, Expression>()
    for (const { text, item } of values) {
      const before = known.get(text)
      if (before === undefined) known.set(text, item)
      else
        reporter.report(
          repeatedSweepValue({ span: item.span, name, value: describe(item), first: before.span }),
        )
    }
    count *= known.size
  }
  if (count > limits.combinations)
    reporter.report(tooManyCombinations({ span: first.span, count, most: limits.combinations }))
}
