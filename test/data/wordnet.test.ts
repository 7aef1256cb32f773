import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { nounClasses, prepareWordnet, readGlosses, splitGlosses } from '../../src/data/wordnet.ts'
import { naiveBayes } from '../../src/train/baselines/naive-bayes.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'distill-wordnet-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe("the demo's data", () => {
  const glosses = readGlosses()
  const split = splitGlosses(glosses)

  it('is 82,192 glosses of 26 classes', () => {
    expect(glosses).toHaveLength(82_192)
    expect(nounClasses).toHaveLength(26)
    expect(new Set(glosses.map((gloss) => gloss.label))).toEqual(new Set(nounClasses))
    expect(glosses[0]).toEqual({
      synset: '00001740',
      text: 'that which is perceived or known or inferred to have its own distinct existence (living or nonliving)',
      label: 'noun.Tops',
    })
    expect(glosses.filter((gloss) => /[\t\n]|^\s|\s$/.test(gloss.text))).toEqual([])
  })

  it('is split by a hash: no synset twice, the classes everywhere in like shares', () => {
    expect([split.train.length, split.test.length, split.transfer.length]).toEqual([20_000, 4_000, 58_192])
    const all = [...split.train, ...split.test, ...split.transfer].map((gloss) => gloss.synset)
    expect(new Set(all).size).toBe(82_192)
    const share = (rows: typeof glosses): number =>
      rows.filter((row) => row.label === 'noun.artifact').length / rows.length
    for (const rows of [split.train, split.test, split.transfer])
      expect(Math.abs(share(rows) - share(glosses))).toBeLessThan(0.02)
  })

  it('is written as three TSV files, the transfer set without labels', () => {
    expect(prepareWordnet(folder)).toEqual({ train: 20_000, test: 4_000, transfer: 58_192 })
    const lines = (name: string): readonly string[] =>
      readFileSync(path.join(folder, name), 'utf8').trimEnd().split('\n')
    expect(lines('train.tsv').slice(0, 2)).toEqual([
      'text\tlabel',
      `${split.train[0]?.text}\t${split.train[0]?.label}`,
    ])
    expect(lines('test.tsv')).toHaveLength(4_001)
    expect(lines('transfer.tsv')[0]).toBe('text')
    expect(lines('transfer.tsv').some((line) => line.includes('\t'))).toBe(false)
    expect(lines('LICENSE')[0]).toBe('This software and database is being provided to you, the LICENSEE, by')
    expect(lines('LICENSE').at(-1)).toBe('Princeton University and LICENSEE agrees to preserve same.')
  })

  it('is sorted right by naive Bayes in 73.5%, with the smoothing that it chooses', () => {
    const labelOf = ({ label }: { readonly label: string }): number => nounClasses.indexOf(label)
    const rows = split.train.map((row) => ({ texts: [row.text], label: labelOf(row) }))
    const classify = naiveBayes(rows, nounClasses.length)
    const right = split.test.filter((row) => classify([row.text]) === labelOf(row)).length
    expect(right / split.test.length).toBeCloseTo(0.735, 3)
  })
})
