/** What a value is, as hovers and hints write it. */
import { describe, shortNumber } from '../check/describe.ts'
import type { Term } from '../check/tensor-term.ts'
import { shapeText } from '../check/terms.ts'
import type { Value } from '../check/values.ts'
import { formula } from '../explain/formula.ts'
import { divisorsOf, type TermReport } from '../explain/losses.ts'

/** Different ones that are written out. */
const mostShown = 8

/** `[example, token, unit 312]`, `1, 2, 3, 4`: what an expression is, each different value once. */
export function valuesText(values: readonly Value[]): string | undefined {
  const texts = [...new Set(values.flatMap((value) => valueText(value) ?? []))]
  if (texts.length === 0) return undefined
  const shown = texts.slice(0, mostShown).join(', ')
  return texts.length > mostShown ? `${shown} ...` : shown
}

export function valueText(value: Value): string | undefined {
  switch (value.kind) {
    case 'poison':
      return undefined
    case 'number':
      return shortNumber(value.value)
    case 'labels':
      return `${shortNumber(value.size)}: ${describe(value)}`
    case 'boolean':
      return value.value ? 'true' : 'false'
    case 'string':
      return JSON.stringify(value.value)
    case 'list':
      return `[${value.items.map((item) => valueText(item) ?? '?').join(', ')}]`
    case 'range':
      return `${value.from}..${value.to}`
    case 'map':
      return value.map.layers.join(' ')
    case 'term':
      return termText(value.term)
    case 'taps':
      return `${value.taps.name}${indicesText(value.taps.indices())}`
    case 'repeat':
      return `${value.repeat.name}${indicesText(value.repeat.indices)}`
    case 'projection': {
      const { from, to, activation } = value.projection
      return `${from} -> ${to}, ${activation}`
    }
    default:
      return describe(value)
  }
}

/** `[example, class 2], logits over class`; of a single number, what it is. */
export function termText(term: Term): string {
  const { axes, distribution, facts } = term
  if (axes.length === 0) return facts.weight ? formula(term) : numberText(term)
  const form = distribution ? `, ${distribution.form} over ${distribution.over}` : ''
  return `${shapeText(term)}${form}`
}

/** A number of the batch: what it is divided by, and the positions that it sums over. */
function numberText(term: Term): string {
  const { dividedBy, masks } = divisorsOf(term)
  const positions = masks.length > 0 ? [`positions: ${masks.join(', ')}`] : []
  return ['a number', ...divisorsText(dividedBy), ...positions].join('; ')
}

export function divisorsText(divided: TermReport['dividedBy']): readonly string[] {
  return divided.map(
    ({ axes, withinExample, count }) =>
      `divided by ${axes.join(' x ')}${withinExample ? ' (within example)' : ''}${count > 1 ? `, ${count} times` : ''}`,
  )
}

function indicesText(indices: readonly number[]): string {
  const [first = 0, last = first] = [indices[0], indices.at(-1)]
  const isRange = indices.every((index, k) => index === first + k)
  return isRange ? `[${first}..${last}]` : `[${indices.join(', ')}]`
}
