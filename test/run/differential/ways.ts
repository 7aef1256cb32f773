/** The backends that random specs are tried on: all that start here, two of them for each spec. */
import { type BackendName, createRunner } from '../../../src/backends/index.ts'
import { standingOf } from '../../required.ts'
import type { Way } from './compare.ts'

/** Those of the processor. A GPU is as exact as its driver; its kernels have tests of their own. */
const names = ['cpu', 'wasm', 'onnxruntime', 'native'] as const satisfies readonly BackendName[]

/** Throws for one that `DISTILL_REQUIRE` names and that does not start. */
export async function openWays(only: readonly string[] = names): Promise<readonly Way[]> {
  const ways: Way[] = []
  // One after the other: two of them register themselves with TensorFlow.js.
  for (const name of names.filter((one) => only.includes(one))) {
    const standing = await standingOf(name)
    if (standing.kind === 'missing') throw new Error(`${name}: ${standing.reason}`)
    if (standing.kind === 'usable') ways.push({ name, runner: await createRunner(name) })
  }
  return ways
}

/** Two in rotation, or all where there are no more. */
export function waysOf(ways: readonly Way[], seed: number): readonly Way[] {
  const from = seed % Math.max(1, ways.length)
  return [...ways.slice(from), ...ways.slice(0, from)].slice(0, 2)
}

export function closeWays(ways: readonly Way[]): void {
  for (const { runner } of ways) runner.dispose()
}
