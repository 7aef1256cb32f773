/** The batch that steps are timed on: full lengths, and where a case says so 15% of the tokens masked, with labels of their own. */
import type { Batch } from '../../src/data/dataset.ts'
import type { HostTensor } from '../../src/run/runner.ts'
import { batchOf, random } from '../../test/lower/spec-run.ts'
import type { StepCase } from './cases.ts'

export function fullBatch(
  { vocabulary, classes, masked }: Pick<StepCase, 'vocabulary' | 'classes' | 'masked'>,
  { B, L }: { readonly B: number; readonly L: number },
): Batch {
  const batch = batchOf(new Array(B).fill(L), { vocabulary, classes })
  if (!masked) return batch
  const inputs = new Map<string, HostTensor>(batch.inputs)
  const isMasked = (i: number): boolean => random(i * 977) < 0.15
  const shape = [B, L]
  const each = { length: B * L }
  inputs.set('masked', { dtype: 'bool', shape, data: Uint8Array.from(each, (_, i) => +isMasked(i)) })
  const labelOf = (i: number): number => (isMasked(i) ? 5 + Math.floor(random(i) * (vocabulary - 5)) : -100)
  inputs.set('batch.original', { dtype: 'i32', shape, data: Int32Array.from(each, (_, i) => labelOf(i)) })
  return { ...batch, inputs }
}
