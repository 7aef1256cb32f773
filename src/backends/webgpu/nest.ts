/**
 * Loop nests in WGSL. Sizes and strides are arguments of a dispatch, so one program serves all sizes of
 * batch. Its text only depends on the number of dimensions and on which operands are dense.
 */
import { collapse, type Nest } from '../tfjs/layout.ts'

/** One invocation an element, so many of them to a workgroup. */
export const elementGroup = 64

export interface NestCode {
  /** Tells texts apart. */
  readonly key: string
  readonly names: readonly string[]
  readonly values: readonly number[]
  /** Declares, for the operand k, `NAME_k`: its offset at `position`, an expression. */
  code(position: string): string
}

/** The offsets of the operands of a nest at a position, row-major over its shape. `name` begins all names. */
export function nestCode(nest: Nest, name: string): NestCode {
  const { shape, strides } = collapse(nest)
  const last = shape.length - 1
  const names: string[] = []
  const values: number[] = []
  const declare = (suffix: string, value: number): string => {
    names.push(`${name}_${suffix}`)
    values.push(value)
    return `uniforms.${name}_${suffix}`
  }
  const kinds = strides.map((along) => {
    if (along.every((s) => s === 0)) return 'none'
    return last === 0 && along[0] === 1 ? 'dense' : 'strided'
  })
  const walked = kinds.includes('strided')
  const sizes = walked ? shape.map((n, d) => (d === 0 ? '' : declare(`n${d}`, n))) : []
  const steps = strides.map((along, k) =>
    kinds[k] === 'strided' ? along.map((s, d) => declare(`s${k}_${d}`, s)) : [],
  )
  return {
    key: `${name}${kinds.map((kind) => kind[0]).join('')}${walked ? shape.length : ''}`,
    names,
    values,
    code: (position) => {
      const lines: string[] = [`let ${name}_p = ${position};`]
      if (walked) {
        lines.push(`var ${name}_r = ${name}_p;`)
        for (let d = last; d > 0; d--)
          lines.push(`let ${name}_c${d} = ${name}_r % ${sizes[d]}; ${name}_r = ${name}_r / ${sizes[d]};`)
        lines.push(`let ${name}_c0 = ${name}_r;`)
      }
      kinds.forEach((kind, k) => {
        const offset =
          kind === 'none'
            ? '0'
            : kind === 'dense'
              ? `${name}_p`
              : (steps[k] ?? []).map((step, d) => `${name}_c${d} * ${step}`).join(' + ')
        lines.push(`let ${name}_${k} = ${offset};`)
      })
      return lines.join('\n  ')
    },
  }
}

/** Workgroups of `elementGroup` for so many elements. */
export function groupsFor(elements: number): number {
  return Math.ceil(elements / elementGroup)
}
