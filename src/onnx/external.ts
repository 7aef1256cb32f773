/** Tensors in a file beside the model: one message of protobuf has at most 2 GiB. */
import { type External, type ModelFormat, modelBytes, type OnnxModel, type OnnxTensor } from './protobuf.ts'

/** Offsets are multiples of it, as mapping a file wants (64 KiB on Windows). */
const page = 2 ** 16
/** Tensors of fewer bytes stay in the model. */
const smallest = 1024
/** Bytes that the tensors inside of a model may have together; what is left is for its nodes. */
const mostInside = 2 ** 31 - 2 ** 24

/** Where each tensor lies in the file, in this order. */
export function externalPlaces(tensors: readonly OnnxTensor[], file: string): ReadonlyMap<string, External> {
  const places = new Map<string, External>()
  let offset = 0
  for (const { name, bytes } of tensors) {
    places.set(name, { file, offset })
    offset = Math.ceil((offset + bytes.byteLength) / page) * page
  }
  return places
}

export interface ModelFiles {
  readonly model: Uint8Array
  /** Absent where the model holds all of its tensors. */
  readonly external?: { readonly file: string; readonly parts: () => Iterable<Uint8Array> }
}

/**
 * A model as the file `file`, its large tensors beside it in `FILE_data` where they are more than `inside`
 * bytes.
 */
export function modelFiles(
  model: OnnxModel,
  format: ModelFormat,
  file: string,
  inside: number = mostInside,
): ModelFiles {
  const total = model.initializers.reduce((sum, { bytes }) => sum + bytes.byteLength, 0)
  if (total <= inside) return { model: modelBytes(model, format) }
  const large = model.initializers.filter(({ bytes }) => bytes.byteLength >= smallest)
  const beside = `${file}_data`
  const places = externalPlaces(large, beside)
  const parts = function* (): Iterable<Uint8Array> {
    let end = 0
    for (const { name, bytes } of large) {
      const { offset = end } = places.get(name) ?? {}
      yield new Uint8Array(offset - end)
      yield bytes
      end = offset + bytes.byteLength
    }
  }
  return { model: modelBytes(model, format, places), external: { file: beside, parts } }
}
