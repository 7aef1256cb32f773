import { defineMessage, type Label, type Span } from '../diagnostic.ts'

function divisors(units: number): string {
  const found = Array.from({ length: Math.min(units, 64) }, (_, i) => i + 1).filter((n) => units % n === 0)
  return found.join(', ')
}

export const E0303 = defineMessage<{
  span: Span
  heads: number
  units: number
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0303',
  title: 'heads that do not divide the units',
  explanation: `\`split(x, n)\` cuts the unit axis into n heads of equal size.

Fails:
    query = split(linear(x, 768), 7)

Passes:
    query = split(linear(x, 768), 12)`,
  build: ({ span, heads, units, secondary }) => ({
    message: `${heads} heads do not divide ${units} units`,
    span,
    label: 'does not divide',
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
    help: `${units} divides into ${divisors(units)} heads`,
  }),
})
