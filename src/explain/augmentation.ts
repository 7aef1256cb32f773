/** What is said of a stage whose training examples are augmented: how many there are going to be at most. */
import type { DataSpec } from '../check/program.ts'
import { number } from './figures.ts'

export interface AugmentationReport {
  /** Tried of each text. */
  readonly copies: number
  /** The model that proposes words, and the file of word vectors. */
  readonly proposals: string | null
  readonly vectors: string | null
  /** Of the training file; null where it is not there to be counted. */
  readonly from: number | null
  /** With all copies; equal ones are made once. */
  readonly most: number | null
}

export function reportAugmentation(
  data: DataSpec | undefined,
  examples: number | undefined,
): AugmentationReport | null {
  const augment = data?.augment
  if (!augment) return null
  const { copies, proposals, vectors } = augment
  const texts = data.text.kind === 'pair' ? 2 : 1
  return {
    copies,
    proposals: proposals ? `${proposals.instance}.${proposals.head}` : null,
    vectors: vectors?.path ?? null,
    from: examples ?? null,
    most: examples === undefined ? null : examples * (1 + texts * copies),
  }
}

export function printAugmentation({ copies, proposals, vectors, from, most }: AugmentationReport): string {
  const words = [proposals, vectors].filter((one) => one !== null).join(' and ')
  const count =
    from === null || most === null ? '' : `${number(from)} examples become at most ${number(most)}: `
  return `    augmented: ${count}up to ${copies} copies of each text with words of ${words}`
}
