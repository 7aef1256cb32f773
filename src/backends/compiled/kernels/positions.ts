/** Dense rows of positions taken from examples x tokens and put back, and rows of tables. */
import { GraphError } from '../../../graph/graph.ts'
import type { Kernel, KernelTable } from '../../../run/device.ts'
import { deviceDType, inputOf, type Operand, type Site } from '../../../run/site.ts'
import { addressOf, blockOf } from '../../foreign/held.ts'
import type { NativeMemory } from '../../foreign/memory.ts'
import { numberOf, optionalNumberOf, textOf } from '../../tfjs/attributes.ts'
import { at } from '../../tfjs/layout.ts'
import { positionRows } from '../../tfjs/position-rows.ts'
import { type Binder, fine } from '../functions.ts'
import { inputAt, requirePlaces } from './given.ts'

/** The layout of rows in both operands, in the source's form; undefined if it is not supported. */
function layoutOf(dense: Operand, whole: Operand, { sizes: { B, L } }: Site): readonly number[] | undefined {
  const rows = positionRows(dense, whole)
  if (rows === undefined) return undefined
  const count = at(dense.shape, dense.axes.indexOf('position'))
  const stretches = [rows.length, rows.stretches, rows.dense, rows.whole]
  return [count, L, B * L, ...stretches, rows.position, rows.example, rows.token]
}

function gatherPositions(functions: Binder): Kernel {
  return (site) => {
    const layout = layoutOf(site.output, inputOf(site, 0), site)
    if (layout === undefined) return undefined
    const call = functions.bind('gather_positions', [...layout, textOf(site, 'dead') === 'copy' ? 1 : 0])
    return (inputs, { device }) => {
      const result = device.allocate(site.output.shape, deviceDType(site.output.dtype))
      const wrong = call(inputAt(site, inputs, 0), inputAt(site, inputs, 1), addressOf(result))
      requirePlaces(site, device, inputs, { wrong, result })
      return result
    }
  }
}

function scatterPositions(functions: Binder): Kernel {
  return (site) => {
    const { output } = site
    const layout = layoutOf(inputOf(site, 0), output, site)
    if (layout === undefined || output.dtype !== 'f32') return undefined
    const adds = textOf(site, 'dead') === 'add' ? 1 : 0
    // Places are distinct. If there are as many as positions, no zeros are between them.
    const call = functions.bind('scatter_positions', [output.size, ...layout, adds])
    return (inputs, { device }) => {
      const result = device.allocate(output.shape, 'float32')
      const wrong = call(inputAt(site, inputs, 0), inputAt(site, inputs, 1), addressOf(result))
      requirePlaces(site, device, inputs, { wrong, result })
      return result
    }
  }
}

/** An id without a row is an error, as in the reference: it would be a silent zero else. */
function lookup(functions: Binder): Kernel {
  return (site) => {
    if (site.output.axes.at(-1) !== 'unit' || site.output.size === 0) return undefined
    const [rows, width] = [at(inputOf(site, 1).shape, 0), at(inputOf(site, 1).shape, 1)]
    const call = functions.bind('lookup', [inputOf(site, 0).size, rows, width])
    return (inputs, { device }) => {
      const [ids] = inputs
      const result = device.allocate(site.output.shape, 'float32')
      const wrong = call(inputAt(site, inputs, 0), inputAt(site, inputs, 1), addressOf(result))
      if (wrong === fine || ids === undefined) return result
      device.release(result)
      throw new GraphError(`lookup: no row ${device.read(ids)[wrong]} in a table of ${rows}`)
    }
  }
}

/** Size of a table from which on zeros of rows without an id are written only on request. */
const largeTable = 2 ** 16
/** A row is a multiple of so many wide then: update-kernels.ts adds squares in as many lanes. */
const lanes = 8

function lookupGradient(functions: Binder, memory: NativeMemory): Kernel {
  const completeRows = functions.bind('complete_rows')
  return (site) => {
    if (inputOf(site, 1).axes.at(-1) !== 'unit' || site.output.size === 0) return undefined
    const padding = optionalNumberOf(site, 'padding') ?? -1
    const width = at(site.output.shape, 1)
    const rows = numberOf(site, 'rows')
    const { size } = inputOf(site, 0)
    const call = functions.bind('lookup_gradient', [size, rows, width, padding])
    const leavesOut = rows * width >= largeTable && 2 * size <= rows && width % lanes === 0
    return (inputs, { device }) => {
      const result = device.allocate(site.output.shape, 'float32')
      const marks = leavesOut ? memory.allocate(rows) : undefined
      const place = addressOf(result)
      call(inputAt(site, inputs, 0), inputAt(site, inputs, 1), place, marks?.address ?? 0)
      if (marks !== undefined) {
        const complete = (address: number): void => {
          completeRows(address, marks.address, rows, width)
        }
        blockOf(result).leaveOut({ marks, rows, width, complete })
      }
      return result
    }
  }
}

export function positionKernels(functions: Binder, memory: NativeMemory): KernelTable {
  return {
    gather_positions: gatherPositions(functions),
    scatter_positions: scatterPositions(functions),
    lookup: lookup(functions),
    lookup_gradient: lookupGradient(functions, memory),
  }
}
