/**
 * Ops without a kernel, run as the simpler ops that they are made of (`OpDefinition.decompose`): slower than
 * a kernel, faster than a trip to the host.
 */
import { Builder, reachable } from '../../graph/build.ts'
import type { Node, OpDefinition } from '../../graph/graph.ts'
import { type OpKey, ops } from '../../graph/ops/index.ts'
import { tensorType } from '../../graph/type.ts'
import type { Device, Held, Kernel, KernelTable, RunContext, Step } from '../../run/device.ts'
import type { Operand, Site } from '../../run/site.ts'
import { siteOf } from '../../run/site.ts'

/**
 * The kernel of an op by its decomposition into ops that `table` has; undefined where it has none, or a part
 * of it has no kernel.
 */
export function decomposed(op: OpKey, table: () => KernelTable): Kernel {
  return (site) => {
    const definition: OpDefinition = ops[op]
    if (definition.decompose === undefined) return undefined
    const builder = new Builder(ops)
    const leaves = site.inputs.map((input, i) => builder.input(String(i), typeOf(input)))
    const root = definition.decompose(builder, leaves, site.attributes, typeOf(site.output))
    return stepsOf(leaves, root, table())
  }
}

function typeOf(operand: Operand) {
  return tensorType(
    operand.dtype,
    operand.axes.map((axis, d) => ({ axis, size: operand.shape[d] ?? 1 })),
  )
}

/** All sizes are numbers here, so those of the batch do not matter. */
const sizes = { B: 1, L: 1 }

function stepsOf(leaves: readonly Node[], root: Node, table: KernelTable): Step | undefined {
  const nodes = reachable([root])
  const slots = new Map(nodes.map((node, i) => [node, i]))
  const slotsOf = (list: readonly Node[]): number[] => list.map((node) => slots.get(node) ?? -1)
  const inputs = nodes.map((node) => slotsOf(node.inputs))
  const given = nodes.map((node) => leaves.indexOf(node))
  const sites = nodes.map((node): Site => ({ ...siteOf(node, sizes), fixed: node.inputs.map(() => false) }))
  const steps = nodes.map((node, i) => {
    const site = sites[i]
    return node.op === 'input' || node.op === 'constant' || site === undefined
      ? undefined
      : table[node.op]?.(site)
  })
  const complete = nodes.every(
    (node, i) => node.op === 'input' || node.op === 'constant' || steps[i] !== undefined,
  )
  if (!complete) return undefined
  return (held, outer) => {
    // the parts must not write over an input of the complete op
    const context = { ...outer, over: undefined }
    const values = new Array<Held | undefined>(nodes.length)
    try {
      for (const [i, node] of nodes.entries()) {
        const needed = (inputs[i] ?? []).map((slot) => valueAt(values, slot))
        values[i] = steps[i]?.(needed, context) ?? leafValue(context.device, node, held[given[i] ?? -1])
      }
      return shareOf(context, valueAt(values, nodes.length - 1))
    } finally {
      for (const value of values) if (value !== undefined) context.device.release(value)
    }
  }
}

function valueAt(values: readonly (Held | undefined)[], slot: number): Held {
  const value = values[slot]
  if (value === undefined) throw new Error(`a decomposition without value ${slot}`)
  return value
}

function leafValue(device: Device, node: Node, given: Held | undefined): Held {
  if (given !== undefined) return device.alias(given, given.shape)
  return device.upload(Float32Array.of(Number(node.attributes.value)), [], 'float32')
}

function shareOf({ device }: RunContext, value: Held): Held {
  return device.alias(value, value.shape)
}
