/** How many texts both models answer rightly, either alone, and neither: one bar. */
import { el, type Markup } from '../../diagnostics/markup.ts'
import type { AnswersData } from '../schema.ts'
import { linear } from './scales.ts'
import { rect } from './svg.ts'
import { count } from './words.ts'

const width = 1000

export type PairData = AnswersData['pairs'][number]

export interface Quarter {
  readonly kind: 'both' | 'teacher' | 'student' | 'neither'
  readonly title: string
  readonly texts: number
}

export function quartersOf({ a, b, both, only_a, only_b, neither, neither_same }: PairData): Quarter[] {
  return [
    { kind: 'both', title: 'both right', texts: both },
    { kind: 'teacher', title: `only ${b} right`, texts: only_b },
    { kind: 'student', title: `only ${a} right`, texts: only_a },
    { kind: 'neither', title: `both wrong (${count(neither_same)} with the same answer)`, texts: neither },
  ]
}

/** Stretched to the width of the page, so it has no words in it. */
export function quarters(pair: PairData): Markup {
  const parts = quartersOf(pair)
  const whole = parts.reduce((sum, { texts }) => sum + texts, 0)
  const x = linear(0, whole || 1, 0, width)
  return el(
    'svg',
    {
      viewBox: `0 0 ${width} 24`,
      preserveAspectRatio: 'none',
      class: 'quarters',
      role: 'img',
      'aria-label': parts.map(({ title, texts }) => `${title} ${count(texts)}`).join(', '),
    },
    parts.map(({ kind, texts }, i) => {
      const before = parts.slice(0, i).reduce((sum, part) => sum + part.texts, 0)
      return rect(x(before) + 1, 0, x(before + texts) - x(before) - 2, 24, `quarter ${kind}`)
    }),
  )
}
