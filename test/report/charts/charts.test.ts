import { describe, expect, it } from 'vitest'
import type { Markup } from '../../../src/diagnostics/markup.ts'
import { architecture } from '../../../src/report/charts/architecture.ts'
import { bars, placed } from '../../../src/report/charts/bars.ts'
import { curve } from '../../../src/report/charts/curve.ts'
import { heatmap } from '../../../src/report/charts/heatmap.ts'
import { stacked } from '../../../src/report/charts/stacked.ts'
import { percent } from '../../../src/report/charts/words.ts'
import { rolesOf } from '../../../src/report/focus.ts'
import { synthetic } from '../synthetic.ts'

const lines = (markup: Markup | undefined): string => `${markup?.text.replaceAll('><', '>\n<')}\n`
const golden = (name: string): string => `../../golden/report/${name}.svg`

const few = synthetic({ teacherLayers: 2, rows: 5, evaluations: 2, terms: 2, classes: 3 }).runs[0]
if (!few) throw new Error('no run')
const [, , last] = few.stages
const [, alone] = few.stages
if (!last || !alone) throw new Error('no stages')

describe('charts are as their golden pictures', () => {
  it('curve', async () => {
    await expect(lines(curve(alone, few.metric, rolesOf(few)))).toMatchFileSnapshot(golden('curve'))
  })

  it('stacked', async () => {
    await expect(lines(stacked(last))).toMatchFileSnapshot(golden('stacked'))
  })

  it('architecture', async () => {
    const [T, , S] = few.models
    if (!few.architecture || !S || !T) throw new Error('no architecture')
    await expect(lines(architecture(few.architecture, S, T, few.agreement[0]))).toMatchFileSnapshot(
      golden('architecture'),
    )
  })

  it('heatmap', async () => {
    const [agreement] = few.agreement
    if (!agreement) throw new Error('no agreement')
    await expect(lines(heatmap(agreement, 'S, distilled'))).toMatchFileSnapshot(golden('heatmap'))
  })

  it('tiles', async () => {
    const models = [
      { name: 'naive Bayes', value: 0.65 },
      { name: 'T', role: 'teacher' as const, value: 0.783, interval: { low: 0.77, high: 0.796 } },
      { name: 'S', role: 'student' as const, value: 0.772, interval: { low: 0.759, high: 0.785 } },
    ]
    await expect(lines(placed(models, (share) => percent(share)))).toMatchFileSnapshot(golden('placed'))
    const sizes = models
      .slice(1)
      .map(({ name, role = 'other' as const, value }) => ({ name, role, value, label: percent(value) }))
    await expect(lines(bars(sizes))).toMatchFileSnapshot(golden('bars'))
  })
})

it('of evaluations whose scores would overlap, the later one has its score written', () => {
  const evaluations = [1819, 3638, 3750].flatMap((step) => {
    const [one] = alone.evaluations
    return one ? [{ ...one, step }] : []
  })
  const drawn = lines(curve({ ...alone, steps: 3750, evaluations }, few.metric, rolesOf(few)))
  expect(drawn.match(/class="b halo"/g)).toHaveLength(2)
  expect(drawn.match(/accuracy of/g)?.length).toBeGreaterThanOrEqual(3)
})
