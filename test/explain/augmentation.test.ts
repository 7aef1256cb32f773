/** How many examples `explain` says that augmentation makes. */
import { describe, expect, it } from 'vitest'
import { printAugmentation, reportAugmentation } from '../../src/explain/augmentation.ts'
import { block, file, span } from '../data/blocks.ts'

const augment = {
  proposals: { instance: 'G', head: 'mlm', span },
  vectors: file('glove.txt'),
  probability: 0.4,
  candidates: 15,
  copies: 20,
  besideOriginal: true,
  span,
}

describe('augmentation in explain', () => {
  it('has each example and at most its copies, of a pair those of both texts', () => {
    const single = reportAugmentation(block({ name: 'a', augment }), 100)
    expect(single).toMatchObject({ from: 100, most: 2100, proposals: 'G.mlm', vectors: 'glove.txt' })
    const pair = block({ name: 'b', text: { kind: 'pair', columns: ['a', 'b'], span }, augment })
    expect(reportAugmentation(pair, 100)?.most).toBe(4100)
    expect(single && printAugmentation(single)).toBe(
      '    augmented: 100 examples become at most 2,100: up to 20 copies of each text with words of G.mlm and glove.txt',
    )
  })
  it('says no number where the file is not there, and nothing of plain data', () => {
    const unknown = reportAugmentation(block({ name: 'a', augment }), undefined)
    expect(unknown && printAugmentation(unknown)).toBe(
      '    augmented: up to 20 copies of each text with words of G.mlm and glove.txt',
    )
    expect(reportAugmentation(block({ name: 'a' }), 100)).toBeNull()
  })
})
