import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  explainFailure,
  matchesWhole,
  matchPath,
  type Pattern,
  pathSteps,
  pathText,
  patternText,
  resolvePattern,
} from '../../src/check/paths.ts'
import type { Span } from '../../src/diagnostics/diagnostic.ts'
import type { Expression, Path, PathComponent } from '../../src/syntax/expressions.ts'

const span: Span = { file: 'test', start: 0, end: 0 }

/** Builds the syntax of a path from its text, so that these tests need no parser. */
function syntax(text: string): Path {
  const expression = (part: string): Expression =>
    /^\d+$/.test(part)
      ? { kind: 'number', value: Number(part), text: part, span }
      : { kind: 'name', name: part, span }
  const components = text.match(/[^.[\]]+(\[[^\]]*\])?/g) ?? []
  return {
    span,
    components: components.map((component): PathComponent => {
      const parts = /^([^[]+)(?:\[(.*)\])?$/.exec(component)
      const name = parts?.[1] ?? ''
      const index = parts?.[2]
      if (index === undefined) return { name, span }
      if (index === '*') return { name, index: '*', span }
      const [from, to] = index.split('..')
      if (from === undefined) return { name, span }
      if (to === undefined) return { name, index: expression(from), span }
      return { name, index: { kind: 'range', from: expression(from), to: expression(to), span }, span }
    }),
  }
}

function pattern(text: string): Pattern {
  const value = (e: Expression): number => (e.kind === 'number' ? e.value : 12)
  const resolved = resolvePattern(syntax(text), (e) => {
    if (e.kind === 'range') return { from: value(e.from), to: value(e.to) }
    return e.kind === 'name' && e.name === 'm' ? 'binds' : value(e)
  })
  if (resolved === undefined) throw new Error(`no pattern ${text}`)
  return resolved
}

const match = (text: string, path: string) => {
  const found = matchPath(pattern(text), pathSteps(path))
  return found && { rest: pathText(found.rest), bindings: Object.fromEntries(found.bindings) }
}

describe('matching', () => {
  test('a pattern selects all at or under what it matches', () => {
    expect(match('layer[2].ffn', 'layer[2].ffn.up.weight')).toEqual({ rest: 'up.weight', bindings: {} })
    expect(match('embedding', 'embedding.word.weight')).toEqual({ rest: 'word.weight', bindings: {} })
    expect(match('embedding.word.weight.x', 'embedding.word.weight')).toBeUndefined()
    expect(match('layer[2].ff', 'layer[2].ffn.up.weight')).toBeUndefined()
  })
  test('indices: any, a number, a range, a name that binds', () => {
    expect(match('layer[*].ffn', 'layer[2].ffn.up')).toEqual({ rest: 'up', bindings: {} })
    expect(match('layer[3]', 'layer[2].ffn')).toBeUndefined()
    expect(match('layer[1..3]', 'layer[3].ffn')).toEqual({ rest: 'ffn', bindings: {} })
    expect(match('layer[1..3]', 'layer[4].ffn')).toBeUndefined()
    expect(match('layer[m].ffn', 'layer[7].ffn.up')).toEqual({ rest: 'up', bindings: { m: 7 } })
    expect(match('layer[m].ffn[m]', 'layer[2].ffn[1].up')).toBeUndefined()
    expect(match('layer[m].ffn[m]', 'layer[2].ffn[2].up')).toEqual({ rest: 'up', bindings: { m: 2 } })
    expect(match('layer', 'layer[2].ffn')).toBeUndefined()
    expect(match('embedding[1]', 'embedding.word')).toBeUndefined()
  })
  test('stars', () => {
    expect(match('**', 'layer[2].ffn.up')).toEqual({ rest: 'layer[2].ffn.up', bindings: {} })
    expect(match('**.bias', 'layer[2].ffn.up.bias')).toEqual({ rest: '', bindings: {} })
    expect(match('**.bias', 'layer[2].ffn.up.weight')).toBeUndefined()
    expect(match('layer[1].*.norm', 'layer[1].ffn.norm.scale')).toEqual({ rest: 'scale', bindings: {} })
    expect(match('*.ffn', 'layer[1].ffn.norm')).toEqual({ rest: 'norm', bindings: {} })
    expect(match('S.**.norm', 'S.layer[1].ffn.norm.scale')).toEqual({ rest: 'scale', bindings: {} })
  })
  test('the shortest prefix wins', () => {
    expect(match('**.a', 'a.b.a.c')).toEqual({ rest: 'b.a.c', bindings: {} })
  })
  test('whole paths', () => {
    expect(matchesWhole(pattern('layer[m].ffn.up'), pathSteps('layer[].ffn.up'))).toBe(true)
    expect(matchesWhole(pattern('layer[m].ffn'), pathSteps('layer[].ffn.up'))).toBe(false)
    expect(matchesWhole(pattern('layer.ffn.up'), pathSteps('layer[].ffn.up'))).toBe(false)
    expect(matchesWhole(pattern('**'), pathSteps('layer[].ffn.up'))).toBe(true)
  })
  test('texts come back', () => {
    expect(pathText(pathSteps('S.layer[12].ffn.up.weight'))).toBe('S.layer[12].ffn.up.weight')
    expect(patternText(pattern('**.layer[*].ffn[1..3].*.up[m]'))).toBe('**.layer[*].ffn[1..3].*.up[m]')
  })
})

describe('failures', () => {
  const paths = ['embedding.word.weight', 'layer[1].ffn.up.weight', 'layer[2].ffn.up.weight'].map(pathSteps)
  const failure = (text: string) => explainFailure(pattern(text), paths)
  test('the first step at which nothing goes on, with what could', () => {
    expect(failure('layr[1]')).toMatchObject({
      kind: 'name',
      known: ['embedding', 'layer'],
      step: { name: 'layr' },
    })
    expect(failure('layer[*].fnn.up')).toMatchObject({ kind: 'name', known: ['ffn'], parent: 'layer[*]' })
    expect(failure('**.bias')).toMatchObject({ kind: 'name', step: { name: 'bias' } })
    expect(failure('layer[1].ffn.up.weight.x')).toMatchObject({ kind: 'name', known: [] })
  })
  test('indices', () => {
    expect(failure('layer.ffn')).toMatchObject({ kind: 'index-missing', from: 1, to: 2 })
    expect(failure('layer[3].ffn')).toMatchObject({ kind: 'index-outside', from: 1, to: 2 })
    expect(failure('embedding[1]')).toMatchObject({ kind: 'index-unwanted' })
    expect(failure('layer[2].ffn.up')).toBeUndefined()
  })
})

/** The meaning of patterns once more, as a regular expression over the text of a path; indices that bind are left out. */
function asRegularExpression(text: string): RegExp {
  const steps = text.split(/(?<!\.)\.(?!\.)/).map((component) => {
    if (component === '**') return '**'
    if (component === '*') return '[a-z]+(\\[\\d\\])?\\.'
    return `${component.replace('[*]', '\\[\\d\\]').replace(/\[(\d)(?:\.\.(\d))?\]/, (_, from, to) => `\\[[${from}-${to ?? from}]\\]`)}\\.`
  })
  return new RegExp(
    `^${steps.map((step) => (step === '**' ? '([a-z]+(\\[\\d\\])?\\.)*?' : `(${step})`)).join('')}`,
  )
}

describe('any pattern against any path', () => {
  const component = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('', '[1]', '[2]', '[3]'))
  const paths = fc
    .array(component, { minLength: 1, maxLength: 5 })
    .map((list) => list.map((pair) => pair.join('')).join('.'))
  const step = fc.oneof(
    component.map((pair) => pair.join('')),
    fc.constantFrom('*', '**', 'a[*]', 'b[*]', 'a[1..2]', 'b[2..3]'),
  )
  const patterns = fc.array(step, { minLength: 1, maxLength: 4 }).map((list) => list.join('.'))
  test('matches what the regular expression matches, as short as can be', () => {
    fc.assert(
      fc.property(patterns, paths, (text, path) => {
        const found = matchPath(pattern(text), pathSteps(path))
        const expected = asRegularExpression(text).exec(`${path}.`)
        expect(found === undefined).toBe(expected === null)
        if (found && expected) expect(found.length).toBe(expected[0].split('.').length - 1)
      }),
      { numRuns: 3000, seed: 7 },
    )
  })
})
