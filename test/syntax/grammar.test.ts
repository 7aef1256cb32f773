import { generateCstDts } from 'chevrotain'
import { describe, expect, it } from 'vitest'
import { DistillParser, distillParser } from '../../grammar/parser.ts'

describe('the grammar', () => {
  it('is LL(2) without an ambiguity', () => {
    expect(() => new DistillParser(true)).not.toThrow()
  })

  it('has the types of its concrete tree up to date', async () => {
    const productions = distillParser().getGAstProductions()
    const types = generateCstDts(productions, { includeVisitorInterface: false })
    const text = `// biome-ignore-all format: generated from parser.ts\n${types.replace('ICstVisitor, ', '')}`
    await expect(text).toMatchFileSnapshot('../../grammar/cst-types.ts')
  })

  it('is built once', () => {
    expect(distillParser()).toBe(distillParser())
  })

  it('is built fast enough not to be felt', () => {
    const start = performance.now()
    new DistillParser()
    expect(performance.now() - start).toBeLessThan(500)
  })
})
