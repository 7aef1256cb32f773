import { geluTanhCubic, geluTanhInner, geluTanhScale } from './gelu_tanh.ts'
import { activationGradient } from './support/elementwise.ts'
import { take } from './support/inputs.ts'

/**
 * g ((1 + t)/2 + x/2 (1 - t^2) u'), t = tanh(u), u = sqrt(2 / pi) (x + 0.044715 x^3), u' = sqrt(2 / pi) (1 +
 * 3 * 0.044715 x^2).
 */
export const gelu_tanh_gradient = activationGradient({
  name: 'gelu_tanh_gradient',
  derivative: (x) => {
    const t = Math.tanh(geluTanhScale * (x + geluTanhCubic * x ** 3))
    return (1 + t) / 2 + (x / 2) * (1 - t * t) * geluTanhScale * (1 + 3 * geluTanhCubic * x * x)
  },
  decompose: (builder, inputs) => {
    const [x, g] = take('gelu_tanh_gradient', inputs, 2)
    const scaled = (node: typeof x, by: number) => builder.add('multiply', [node, builder.constant(by)])
    const t = geluTanhInner(builder, x)
    const slope = builder.add('subtract', [builder.constant(1), builder.add('square', [t])])
    const inner = builder.add('add', [
      scaled(builder.add('square', [x]), 3 * geluTanhCubic),
      builder.constant(1),
    ])
    const right = builder.add('multiply', [scaled(x, geluTanhScale), builder.add('multiply', [slope, inner])])
    const both = builder.add('add', [builder.add('add', [t, builder.constant(1)]), right])
    return builder.add('multiply', [g, scaled(both, 0.5)])
  },
})
