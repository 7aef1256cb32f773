import type { Held } from '../../run/device.ts'

/** An input of an op. */
export function heldAt(op: string, inputs: readonly Held[], index: number): Held {
  const held = inputs[index]
  if (held === undefined) throw new Error(`${op}: an input is missing`)
  return held
}

/** The first two. */
export function pairOf(op: string, inputs: readonly Held[]): readonly [Held, Held] {
  return [heldAt(op, inputs, 0), heldAt(op, inputs, 1)]
}
