/** A teacher that is sure of nearly every answer tells little more than the label: a higher temperature. */

import { percent } from '../charts/words.ts'
import { mainAnswers } from '../gather/findings.ts'
import { specNumber, specText } from './edit.ts'
import type { Rule } from './rule.ts'

/** A mean probability of the teacher's answers. */
const sure = 0.95
/** From this temperature on, more of it blurs the classes. */
const high = 4

export const temperature: Rule = (findings) => {
  const teacher = mainAnswers(findings)?.teacher
  if (!teacher) return undefined
  const count = teacher.bins.reduce((sum, bin) => sum + bin.count, 0)
  const confidence = teacher.bins.reduce((sum, bin) => sum + bin.count * bin.confidence, 0) / count
  const text = specText(findings)
  const [found, ...others] = text.matchAll(/\btemperature = (\d+(?:\.\d+)?)/g)
  const now = Number(found?.[1])
  if (!found || others.length > 0 || !(confidence > sure) || now >= high) return undefined
  const changed = `temperature = ${specNumber(2 * now)}`
  return {
    worth: 2,
    title: 'Raise the temperature',
    why: `${teacher.model} gives its answers a probability of ${percent(confidence, 0)} on average. At temperature ${now} its targets say little of the other classes.`,
    text: text.slice(0, found.index) + changed + text.slice(found.index + found[0].length),
  }
}
