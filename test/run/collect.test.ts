import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { collectGarbage } from '../../src/run/collect.ts'

function forgotten(): WeakRef<Float32Array> {
  return new WeakRef(new Float32Array(1e6))
}

it('arrays that nobody has any more are gone after a collection', async () => {
  const kept = new Float32Array(1e6)
  const reference = new WeakRef(kept)
  const lost = forgotten()
  await setImmediate()
  collectGarbage()
  expect(lost.deref()).toBeUndefined()
  expect(reference.deref()).toBe(kept)
})
