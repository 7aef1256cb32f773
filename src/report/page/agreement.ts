/** How alike the states of a student and its teacher are, layer by layer. */

import { type Content, html, joined } from '../../diagnostics/markup.ts'
import { formatCount } from '../../train/format.ts'
import { heatmap } from '../charts/heatmap.ts'
import { isFiniteNumber } from '../charts/scales.ts'
import { missing } from '../charts/words.ts'
import { focusOf } from '../focus.ts'
import type { AgreementData, RunData } from '../schema.ts'
import { absent, details, type Section, scroller, table, titleOf } from './card.ts'

export function agreementSection(run: RunData): Section | undefined {
  const shared = { id: 'agreement', name: 'Agreement', title: 'How alike the layers are', isWide: true }
  const shown = run.agreement.filter(({ rows, columns }) => rows.length > 0 && columns.length > 0)
  const [first] = shown
  if (!first) {
    // A run without a teacher has nothing to agree with, unless its data say otherwise.
    const isExpected =
      focusOf(run)?.teacher !== undefined || run.absent.some(({ panel }) => panel === 'agreement')
    return isExpected
      ? { ...shared, body: absent(run, 'agreement', 'The run keeps no agreement of layers.') }
      : undefined
  }
  const title = (name: string): string =>
    titleOf(run.models.find((model) => model.name === name) ?? { name, role: 'other' })
  return {
    ...shared,
    say: [
      html`Linear CKA of the mean state of each text, over ${formatCount(first.examples)} examples of ${first.data} (${first.split}): 1 is equal up to rotation and scale. Outlined: the most alike. `,
      growth(first),
    ],
    body: html`<div class="columns">${shown.slice(0, 6).map((one) => scroller(`agreement of ${one.student} with ${one.teacher}`, heatmap(one, title(one.student))))}</div>${shown.slice(0, 6).map((one) => details(`${one.student} with ${one.teacher} as a table`, scroller(`table of the agreement of ${one.student} with ${one.teacher}`, agreementTable(one))))}`,
  }
}

function agreementTable({ student, teacher, rows, columns, values }: AgreementData): Content {
  return table(
    [
      { title: `state of ${student}` },
      ...columns.map(({ title }) => ({ title: `${title} of ${teacher}`, isNumber: true })),
    ],
    rows.map(({ title }, i) => [
      title,
      ...columns.map((_, k) => {
        const value = values[i]?.[k]
        return isFiniteNumber(value) ? value.toFixed(2) : missing
      }),
    ]),
  )
}

function growth({ student, history }: AgreementData) {
  const known = history.flatMap(({ mean }) => (isFiniteNumber(mean) ? [mean] : []))
  const [first, last] = [known[0], known.at(-1)]
  if (first === undefined || last === undefined || known.length < 2) return undefined
  return joined(
    html`Over its evaluations the mean of the best values of ${student} went from <b>${first.toFixed(2)}</b> to <b>${last.toFixed(2)}</b>.`,
  )
}
