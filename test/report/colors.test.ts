import { describe, expect, it } from 'vitest'
import { reportPalette } from '../../src/report/page/colors.ts'

type Name = keyof typeof reportPalette

/** Contrast of two colours (WCAG 2.2, relative luminance). */
function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

const on = (ink: Name, ...grounds: Name[]): [Name, Name][] => grounds.map((ground) => [ink, ground])
const pairs: [Name, Name][] = [
  ...on('ink', 'page', 'card', 'faint', 'studentSoft', 'studentMid', 'teacherSoft', 'teacherMid'),
  ...on('ink', 'aloneSoft', 'aloneMid', 'otherSoft', 'otherMid', 'heat0', 'heat1', 'heat2', 'heat3', 'heat4'),
  ...on('muted', 'page', 'card', 'faint'),
  ...on('accent', 'page', 'card'),
  ...on('studentInk', 'page', 'card'),
  ...on('teacherInk', 'card'),
  ...on('lossInk', 'card', 'faint'),
  ...on('good', 'goodSoft', 'faint'),
  ...on('warn', 'warnSoft'),
  ...on('heatInk', 'heat5', 'heat6', 'heat7'),
  ...on('page', 'ink'),
  ...(['termInk0', 'termInk1', 'termInk2', 'termInk3', 'termInk4', 'termInk5'] as const).flatMap((ink) =>
    on(ink, 'card'),
  ),
]

describe('words on the page', () => {
  it('is measured as WCAG does', () => {
    expect(contrast('#ffffff', '#000000')).toBe(21)
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2)
  })

  it.each(['light', 'dark'] as const)('have 4.5:1 on every ground, %s', (scheme) => {
    const weak = pairs
      .map(([ink, ground]) => ({
        ink,
        ground,
        is: contrast(reportPalette[ink][scheme], reportPalette[ground][scheme]),
      }))
      .filter(({ is }) => is < 4.5)
    expect(weak).toEqual([])
  })
})
