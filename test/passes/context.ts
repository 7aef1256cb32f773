/** What passes are told in tests. */
import { ops } from '../../src/graph/ops/index.ts'
import type { PassContext } from '../../src/optimize/pass.ts'

/** Full micro-batches of 32 x 128; nothing is frozen, no backend has fused ops. */
export function passContext(notes: string[] = []): PassContext {
  return {
    ops,
    sizes: { B: 32, L: 128 },
    frozen: () => false,
    capabilities: new Set(),
    note: (text) => notes.push(text),
    moved: () => {},
  }
}
