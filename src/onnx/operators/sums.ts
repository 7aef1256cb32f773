/** Sums of two values, of which the way they were made may leave less to be done. */
import { equalTypes } from '../../graph/type.ts'
import { inputAt, type Translation } from '../operand.ts'

/**
 *   a + zeros with some rows  ==>  a with these rows added
 *   a^T + b^T                 ==>  (a + b)^T
 * undefined for other sums.
 */
export function sumOf(t: Translation): string | undefined {
  const [a, b] = [inputAt(t, 0), inputAt(t, 1)]
  if (!equalTypes(a.type, t.type) || !equalTypes(b.type, t.type)) return undefined
  return withRows(t, a.name, b.name) ?? withRows(t, b.name, a.name) ?? turnedOnce(t)
}

function withRows({ onnx }: Translation, all: string, some: string): string | undefined {
  const made = onnx.producer(some)
  if (made?.op !== 'ScatterND') return undefined
  const [zeros = '', places = '', rows = ''] = made.inputs
  const filled = onnx.producer(zeros)
  if (filled?.op !== 'Expand' || filled.inputs[0] !== onnx.float(0)) return undefined
  return onnx.node('ScatterND', [all, places, rows], made.attributes)
}

/** Gradients of one weight from several places are moved once. */
function turnedOnce({ onnx, inputs, alone }: Translation): string | undefined {
  const made = inputs.map(({ name }) => onnx.producer(name))
  const [first, second] = made
  if (first?.op !== 'Transpose' || second?.op !== 'Transpose' || alone.includes(false)) return undefined
  if (JSON.stringify(first.attributes) !== JSON.stringify(second.attributes)) return undefined
  const sum = onnx.node('Add', [first.inputs[0] ?? '', second.inputs[0] ?? ''])
  return onnx.node('Transpose', [sum], first.attributes)
}
