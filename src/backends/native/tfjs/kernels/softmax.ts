/**
 * Softmax over the last axis, by oneDNN's own primitive. A row with a NaN among others is NaN: the primitive
 * leaves it in its place only.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core'
import { at } from '../../../tfjs/layout.ts'
import { argument, purpose, softmax as softmaxes } from '../../bindings.ts'
import { areFloats, type Call, computed, input, isWorthACall, type Kernel, sizeOf } from '../call.ts'
import { suspectRows } from './reductions.ts'

const softmax: Kernel = (call) => {
  const logits = input(call, 'logits')
  const size = sizeOf(logits)
  const { dim } = call.attributes
  const { shape } = logits
  if (!areFloats([logits]) || !isWorthACall(size)) return undefined
  if (dim !== -1 && dim !== shape.length - 1) return undefined
  const width = at(shape, shape.length - 1)
  const dims = [size / width, width]
  const result = computed(
    call.backend,
    `softmax ${dims}`,
    () => ({
      make: 'dnnl_softmax_forward_primitive_desc_create',
      operands: [
        { as: argument.source, dims },
        { as: argument.destination, dims },
      ],
      parameters: ([x = 0, y = 0]) => [purpose.inference, softmaxes.accurate, x, y, 1],
    }),
    [logits],
    shape,
  )
  return result === undefined ? undefined : withNaNRows(call.backend, result, size / width, width)
}

function withNaNRows(backend: Call['backend'], result: TensorInfo, rows: number, width: number): TensorInfo {
  const values = backend.data.get(result.dataId).block?.floats(rows * width)
  for (const row of suspectRows(backend, result, rows, width))
    values?.fill(Number.NaN, row * width, (row + 1) * width)
  return result
}

export const softmaxKernels = { Softmax: softmax } satisfies { readonly [name: string]: Kernel }
