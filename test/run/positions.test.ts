/** The positions of a batch that count. */
import { describe, expect, test } from 'vitest'
import { positionsOf } from '../../src/run/positions.ts'
import type { HostTensor } from '../../src/run/runner.ts'

function masks(entries: { readonly [name: string]: readonly number[] }): Map<string, HostTensor> {
  return new Map(
    Object.entries(entries).map(([name, list]) => [
      name,
      { dtype: 'bool', shape: [2, list.length / 2], data: Uint8Array.from(list) },
    ]),
  )
}

describe('positions', () => {
  test('are in order, and fill up a bucket with dead ones', () => {
    const { sizes, inputs } = positionsOf(
      masks({ attended: [1, 1, 0, 1, 1, 1], masked: [0, 1, 1, 0, 0, 1] }),
      {
        B: 2,
        L: 3,
      },
    )
    expect(sizes).toEqual({ B: 2, L: 3, R: 16, M: 16 })
    const attended = [...(inputs.get('positions.attended')?.data ?? [])]
    expect(attended.slice(0, 5)).toEqual([0, 1, 3, 4, 5])
    expect(attended.slice(5)).toEqual(new Array(11).fill(-1))
    // place 2 is masked, but not attended
    const masked = [...(inputs.get('positions.masked')?.data ?? [])]
    expect(masked.slice(0, 2)).toEqual([1, 5])
    expect(masked.slice(2)).toEqual(new Array(14).fill(-2))
  })

  test('hold the first of each example, attended or not', () => {
    const { inputs } = positionsOf(masks({ attended: [0, 1, 1, 0, 0, 1] }), { B: 2, L: 3 })
    expect([...(inputs.get('positions.attended')?.data ?? [])].slice(0, 5)).toEqual([0, 1, 2, 3, 5])
  })

  test('none at all are one dead bucket', () => {
    const { sizes, inputs } = positionsOf(masks({ attended: [1, 1, 1, 1], masked: [0, 0, 0, 0] }), {
      B: 2,
      L: 2,
    })
    expect(sizes.M).toBe(16)
    expect([...(inputs.get('positions.masked')?.data ?? [])]).toEqual(new Array(16).fill(-1))
  })

  test('of many are a multiple of 16', () => {
    const { sizes } = positionsOf(masks({ attended: new Array(34).fill(1) }), { B: 2, L: 17 })
    expect(sizes.R).toBe(48)
  })
})
