import { unary } from './support/elementwise.ts'
import { take } from './support/inputs.ts'

/** 1 / (1 + e^-x); gradient g y (1 - y). Decomposed as (1 + tanh(x / 2)) / 2, which never overflows. */
export const sigmoid = unary({
  name: 'sigmoid',
  apply: (x) => 1 / (1 + Math.exp(-x)),
  vjp: (builder, node, cotangent) => {
    const slope = builder.add('multiply', [node, builder.add('subtract', [builder.constant(1), node])])
    return [builder.add('multiply', [cotangent, slope])]
  },
  decompose: (builder, inputs) => {
    const half = builder.constant(0.5)
    const t = builder.add('tanh', [builder.add('multiply', [...take('sigmoid', inputs, 1), half])])
    return builder.add('add', [builder.add('multiply', [t, half]), half])
  },
})
