/** What passes are told in tests. */
import { ops } from '../../src/graph/ops/index.ts'
import type { PassContext } from '../../src/optimize/pass.ts'
import { scheduleStep } from '../../src/plan/plan.ts'

/** Full micro-batches of 32 x 128; nothing is frozen, no backend has fused ops unless some are given. */
export function passContext(
  notes: string[] = [],
  capabilities: ReadonlySet<string> = new Set(),
): PassContext {
  const sizes = { B: 32, L: 128 }
  return {
    ops,
    sizes,
    peakOf: (graph) => scheduleStep({ ...graph, donates: true }, sizes).peak,
    frozen: () => false,
    capabilities,
    note: (text) => notes.push(text),
    moved: () => {},
  }
}
