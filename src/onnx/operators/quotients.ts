/**
 * Division of a large value by a power of 2, which changes no digit: it goes into what the value was made of.
 */
import { inputAt, type Translation } from '../operand.ts'

/**
 *   (x W^T + b) / 2^n  ==>  2^-n x W^T + b / 2^n, of a bias that the model holds
 *   (g x) / 2^n        ==>  (g / 2^n) x, g with fewer axes than x
 * undefined for other quotients, and where something else reads the value.
 */
export function quotientOf(t: Translation): string | undefined {
  const { onnx, alone } = t
  const by = onnx.numberOf(inputAt(t, 1).name)
  if (by === undefined || !Number.isInteger(Math.log2(by)) || alone[0] !== true) return undefined
  const made = onnx.producer(inputAt(t, 0).name)
  const less = (value: string): string => onnx.node('Div', [value, onnx.float(by)])
  const [a = '', b = ''] = made?.inputs ?? []
  if (made?.op === 'Add') {
    const product = onnx.producer(a)
    if (product?.op !== 'Gemm' || product.attributes.alpha !== undefined) return undefined
    if (onnx.heldShape(b)?.length !== 1) return undefined
    const scaled = onnx.node('Gemm', product.inputs, { ...product.attributes, alpha: { float: 1 / by } })
    return onnx.node('Add', [scaled, less(b)])
  }
  if (made?.op !== 'Mul') return undefined
  const small = [a, b].find((value) => onnx.producer(value)?.op === 'Unsqueeze')
  return small === undefined ? undefined : onnx.node('Mul', [less(small), small === a ? b : a])
}
