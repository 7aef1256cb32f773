/** All rules. To add one, add a file in this folder and a line here. */
import type { Findings } from '../gather/findings.ts'
import type { NextData } from '../schema.ts'
import { diffOf } from './edit.ts'
import { factorizeEmbedding } from './factorize-embedding.ts'
import { largerStudent } from './larger-student.ts'
import { lowerRate } from './lower-rate.ts'
import { moreSeeds } from './more-seeds.ts'
import { raiseClip } from './raise-clip.ts'
import { rareClasses } from './rare-classes.ts'
import type { Advice, Rule } from './rule.ts'
import { smallerStudent } from './smaller-student.ts'
import { temperature } from './temperature.ts'
import { trainLonger } from './train-longer.ts'

const rules: readonly Rule[] = [
  rareClasses,
  largerStudent,
  trainLonger,
  factorizeEmbedding,
  smallerStudent,
  raiseClip,
  lowerRate,
  temperature,
  moreSeeds,
]

/** Of all advice, at most this much is shown. */
const most = 3

/**
 * What to try next, the most worth first. A change of the spec that the compiler refuses is left out.
 * @param accepts whether a text in place of the run's spec has no errors
 */
export function nextOf(findings: Findings, accepts: (text: string) => boolean): NextData[] {
  const { run } = findings
  if (!run.finished) return []
  const shown: NextData[] = []
  const sorted = rules
    .flatMap((rule) => rule(findings) ?? [])
    .sort((a: Advice, b: Advice) => b.worth - a.worth)
  for (const { title, why, text, command } of sorted) {
    if (shown.length === most) break
    if (text !== undefined && !accepts(text)) continue
    shown.push({
      title,
      why,
      ...(text === undefined ? {} : { diff: { file: run.spec, lines: diffOf(findings, text) } }),
      ...(command === undefined ? {} : { command }),
    })
  }
  return shown
}
