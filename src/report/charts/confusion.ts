/** The confusion matrix of a model: a row for each true class, a column for each answer. */
import { el, type Markup } from '../../diagnostics/markup.ts'
import { sum } from './scales.ts'
import { picture, rect, text, tipped } from './svg.ts'
import { count, fitting, percent, widthOf } from './words.ts'

const width = 540
const left = 100
/** Names of columns lean by 60 degrees. */
const lean = Math.PI / 3
const longest = 92

/**
 * @param matrix [true class][answer] in texts
 * @param shown which classes, by index
 */
export function confusion(
  model: string,
  labels: readonly string[],
  matrix: readonly (readonly number[])[],
  shown: readonly number[],
): Markup {
  const names = shown.map((i) => fitting(labels[i] ?? '', longest, 10.5))
  const length = Math.max(0, ...names.map((name) => widthOf(name, 10.5)))
  const top = 22 + length * Math.sin(lean)
  const cell = Math.min(56, (width - left - length * Math.cos(lean)) / Math.max(1, shown.length))
  const widest = Math.max(0, ...shown.flatMap((i) => shown.map((j) => matrix[i]?.[j] ?? 0)))
  const isRoomy = cell > 15 && cell > widthOf(String(widest), 10.5) + 4
  const worst = shown
    .flatMap((i) => shown.map((j) => ({ i, j, texts: i === j ? 0 : (matrix[i]?.[j] ?? 0) })))
    .reduce((a, b) => (b.texts > a.texts ? b : a), { i: 0, j: 0, texts: 0 })
  return picture(
    width,
    top + cell * shown.length + 2,
    worst.texts > 0
      ? `Confusion matrix of ${model}: most often ${labels[worst.i]} is taken for ${labels[worst.j]}, ${worst.texts} times`
      : `Confusion matrix of ${model}: no mistakes`,
    text(0, 12, 'answer \u2192', 's'),
    text(0, top - 6, 'true class \u2193', 's'),
    names.map((name, i) => {
      const y = top + cell * (i + 0.5)
      const turned = `translate(${(left + cell * (i + 0.5) + 3).toFixed(1)} ${(top - 5).toFixed(1)}) rotate(-60)`
      return [
        text(left - 5, y + 3.5, fitting(name, left - 7, 10.5), 's', 'end'),
        el('text', { class: 's', transform: turned }, name),
      ]
    }),
    shown.map((i, row) => {
      const whole = sum(matrix[i] ?? [])
      return shown.map((j, column) => {
        const texts = matrix[i]?.[j] ?? 0
        const share = whole > 0 ? texts / whole : 0
        const [x, y] = [left + cell * column, top + cell * row]
        // Darker cells would hide their number.
        const level = Math.min(isRoomy ? 4 : 7, Math.floor(Math.sqrt(share) * 8))
        const style = texts === 0 ? 'cell none' : `cell ${i === j ? 'right' : 'wrong'} c${level}`
        return tipped(
          i === j
            ? `${labels[i]}: ${count(texts)} of ${count(whole)} right, ${percent(share, 0)}`
            : `${labels[i]} taken for ${labels[j]}: ${count(texts)} of ${count(whole)}`,
          rect(x + 0.4, y + 0.4, cell - 0.8, cell - 0.8, style),
          isRoomy && texts > 0 && text(x + cell / 2, y + cell / 2 + 3.5, String(texts), 's on', 'middle'),
        )
      })
    }),
  )
}
