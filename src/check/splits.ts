/** The parts of a data block, and the files that each is read from. */
import type { FileReference } from './file-reference.ts'
import type { DataShare, DataSpec } from './program.ts'

export type SplitName = 'train' | 'validation' | 'test'
export const splitNames: readonly SplitName[] = ['train', 'validation', 'test']

export type Splits = Pick<DataSpec, SplitName | 'by' | 'limit' | 'seed'>

/** The files that a part is read from: for a share, those of the training examples. */
export function filesOf(splits: Pick<DataSpec, SplitName>, split: SplitName): readonly FileReference[] {
  const own = splits[split]
  if (own === undefined) return []
  return isShare(own) ? (splits.train ?? []) : own
}

export function isShare(part: DataSpec['validation']): part is DataShare {
  return part !== undefined && 'share' in part
}
