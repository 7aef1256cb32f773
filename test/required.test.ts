import { describe, expect, it } from 'vitest'
import { decide, optionalBackends, standingOf } from './required.ts'
import { isTool, tools } from './tools.ts'

describe('a backend that', () => {
  it('starts is tested, required or not', () => {
    for (const required of [undefined, '', 'native', 'onnxruntime,native'])
      expect(decide('native', undefined, required)).toEqual({ kind: 'usable' })
  })

  it('does not start is skipped with its reason', () => {
    for (const required of [undefined, '', 'onnxruntime, tensorflow'])
      expect(decide('native', 'no oneDNN', required)).toEqual({ kind: 'skipped', reason: 'no oneDNN' })
  })

  it('does not start and is required fails', () => {
    for (const required of ['native', 'onnxruntime,native', ' native , cpu'])
      expect(decide('native', 'no oneDNN', required)).toEqual({ kind: 'missing', reason: 'no oneDNN' })
  })

  it('nobody knows is not silently left out', () => {
    expect(() => decide('native', undefined, 'nativ')).toThrow(
      'DISTILL_REQUIRE names nativ: no such backend or program',
    )
  })
})

describe('of the backends and programs that a machine may lack', () => {
  it.each([...optionalBackends, ...Object.keys(tools).filter(isTool)])(
    '%s starts, or is not required',
    async (name) => {
      const standing = await standingOf(name)
      if (standing.kind === 'skipped') console.log(`tests with ${name} are skipped: ${standing.reason}`)
      expect(standing.kind === 'missing' ? standing.reason : undefined).toBeUndefined()
    },
  )
})
