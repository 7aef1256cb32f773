/** A word embedding that is most of a small student: two thin matrices in its place (Lan et al. 2020). */
import { elements } from '../../train/parameters.ts'
import { percent } from '../charts/words.ts'
import { mainModels } from '../gather/findings.ts'
import { short } from '../gather/values.ts'
import { withModelLine } from './edit.ts'
import type { Rule } from './rule.ts'

/** Share of the parameters from which the embedding decides the size. */
const most = 0.5
/** A matrix of fewer columns has no smaller rank that is worth it. */
const leastColumns = 16

export const factorizeEmbedding: Rule = (findings) => {
  const { model, teacher } = mainModels(findings)
  const instance = findings.facts.program.instances.get(model?.name ?? '')
  if (!model || !instance || !teacher) return undefined
  const tables = instance.parameters.filter(
    ({ kind, part, path, canonical, shape }) =>
      kind === 'lookup' && part === 'encoder' && path === canonical && shape.length === 2,
  )
  const [table] = tables.toSorted((a, b) => elements(b.shape) - elements(a.shape))
  const [rows = 0, columns = 0] = table?.shape ?? []
  const share = (rows * columns) / model.parameters
  if (!table || share < most || columns < leastColumns) return undefined
  const rank = 2 ** Math.floor(Math.log2(columns / 2))
  const after = model.parameters - rows * columns + rank * (rows + columns)
  const path = table.path.replace(/\.weight$/, '')
  const text = withModelLine(findings, instance.model, `factorize ${path} to rank(${rank})`)
  if (text === undefined) return undefined
  return {
    worth: 3 * share,
    title: `Make ${model.name} ${(model.parameters / after).toFixed(1)}\u00d7 smaller, in its embedding`,
    why: `${percent(share, 0)} of ${model.name} are ${rows.toLocaleString('en-US')} word vectors of ${columns}. At rank ${rank} it has ${short(after)} parameters, and its layers keep theirs.`,
    text,
  }
}
