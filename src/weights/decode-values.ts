/**
 * The bytes of a stored tensor as numbers that can be computed with: every floating point type becomes
 * float32, every integer int32. Machines are little-endian here, as the file is.
 */
import { DiagnosticError, type Span } from '../diagnostics/diagnostic.ts'
import { badSafetensorsHeader } from '../diagnostics/messages/weights.ts'

/** Bytes a value of each type that can be read. */
export const bytesPerValue = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  U64: 8,
  I32: 4,
  U32: 4,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const
export type SafetensorsType = keyof typeof bytesPerValue

export function isSafetensorsType(name: unknown): name is SafetensorsType {
  return typeof name === 'string' && Object.hasOwn(bytesPerValue, name)
}

/** @param bytes at the beginning of a buffer (typed arrays need aligned bytes) */
export function decodeValues(
  bytes: Uint8Array<ArrayBuffer>,
  dtype: SafetensorsType,
  place: { readonly file: string; readonly name: string; readonly span?: Span },
): Float32Array | Int32Array {
  const buffer = bytes.buffer
  switch (dtype) {
    case 'F32':
      return new Float32Array(buffer)
    case 'F64':
      return Float32Array.from(new Float64Array(buffer))
    case 'F16':
      return Float32Array.from(new Uint16Array(buffer), halfToSingle)
    case 'BF16':
      return brainToSingle(new Uint16Array(buffer))
    case 'I32':
      return new Int32Array(buffer)
    case 'I64':
      return narrow(new BigInt64Array(buffer), place)
    case 'U64':
      return narrow(new BigUint64Array(buffer), place)
    case 'U32':
      return narrow(new Uint32Array(buffer), place)
    case 'I16':
      return Int32Array.from(new Int16Array(buffer))
    case 'U16':
      return Int32Array.from(new Uint16Array(buffer))
    case 'I8':
      return Int32Array.from(new Int8Array(buffer))
    case 'U8':
      return Int32Array.from(bytes)
    case 'BOOL':
      return Int32Array.from(bytes, (value) => (value === 0 ? 0 : 1))
  }
}

/** bfloat16 is the upper half of a float32. */
function brainToSingle(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length)
  for (let i = 0; i < halves.length; i++) bits[i] = (halves[i] ?? 0) << 16
  return new Float32Array(bits.buffer)
}

/** IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits; exponent 0 is subnormal, 31 infinity or NaN. */
export function halfToSingle(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

function narrow(
  values: BigInt64Array | BigUint64Array | Uint32Array,
  place: { readonly file: string; readonly name: string; readonly span?: Span },
): Int32Array {
  const narrowed = new Int32Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i])
    if (value < -(2 ** 31) || value >= 2 ** 31) {
      const problem = `tensor \`${place.name}\` holds ${values[i]}, more than 32 bits can say`
      throw new DiagnosticError(
        badSafetensorsHeader({
          path: place.file,
          problem,
          ...(place.span === undefined ? {} : { span: place.span }),
        }),
      )
    }
    narrowed[i] = value
  }
  return narrowed
}
