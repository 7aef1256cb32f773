/** Memory that was never written takes none: values that are zeros need not be. */

/** Whether all bits are 0: -0 is not. */
export function isZero(data: Float32Array): boolean {
  const bits = new Int32Array(data.buffer, data.byteOffset, data.length)
  for (let i = 0; i < bits.length; i++) if (bits[i] !== 0) return false
  return true
}
