import { activationGradient } from './support/elementwise.ts'
import { normalBelow, normalDensity } from './support/erf.ts'

/** g (Phi(x) + x phi(x)): the derivative of x Phi(x) by the product rule. */
export const gelu_gradient = activationGradient({
  name: 'gelu_gradient',
  derivative: (x) => normalBelow(x) + x * normalDensity(x),
})
