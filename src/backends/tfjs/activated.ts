/**
 * Products with an activation or its gradient: the kernel of the product, then that of the activation on its
 * result.
 */
import type { Kernel, KernelTable } from '../../run/device.ts'
import { inputOf, type Site } from '../../run/site.ts'
import { textOf } from './attributes.ts'

/**
 * What follows the product of `linear_activation` or `contract_activation_gradient`; undefined for other ops.
 */
export function activationAfter(site: Site): string | undefined {
  if (site.op === 'linear_activation') return textOf(site, 'activation')
  if (site.op === 'contract_activation_gradient') return `${textOf(site, 'activation')}_gradient`
  return undefined
}

/** `product` makes the product of such a site, `table` has the activations by name. */
export function activated(product: Kernel, table: () => KernelTable): Kernel {
  return (site) => {
    const name = activationAfter(site)
    const multiply = product(site)
    if (name === undefined || multiply === undefined) return undefined
    const back = site.op === 'contract_activation_gradient'
    const operands = back ? [inputOf(site, 2), site.output] : [site.output]
    const activate = table()[name]?.({
      op: name,
      attributes: {},
      inputs: operands,
      output: site.output,
      sizes: site.sizes,
      fixed: operands.map(() => false),
    })
    if (activate === undefined) return undefined
    return (inputs, context) => {
      const value = multiply(inputs, { ...context, over: undefined })
      try {
        return activate(back ? [...inputs.slice(2), value] : [value], { ...context, over: value })
      } finally {
        context.device.release(value)
      }
    }
  }
}
