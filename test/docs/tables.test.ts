/** Tables of the documentation against the code: what they list is all there is, and each row is so. Tables of measurements are written by `bench/`. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { automatic } from '../../src/backends/auto.ts'
import { backendNames, capabilitiesOf } from '../../src/backends/index.ts'
import { builtins } from '../../src/check/builtins/index.ts'
import { metricNames, metricsOf } from '../../src/check/metric-names.ts'
import { taskFacts } from '../../src/check/tasks.ts'
import { lowPrecisions, productsIn } from '../../src/graph/precision.ts'
import { parseSource } from '../../src/syntax/build-ast.ts'
import { read, root } from './prose.ts'

/** The cells of the rows below a header that begins with `first`. */
function table(page: string, first: string): string[][] {
  const lines = read(page).split('\n')
  const start = lines.findIndex((line) => line.startsWith(`| ${first}`) || line.startsWith(`|${first}`))
  const rows = lines.slice(start + 2)
  const end = rows.findIndex((line) => !line.startsWith('|'))
  if (start < 0 || end < 1) throw new Error(`${page} has no table that begins with ${first}`)
  return rows.slice(0, end).map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\|)\|(?!\|)/)
      .map((cell) => cell.trim()),
  )
}
const code = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text)
const sorted = (names: Iterable<string>): string[] => [...names].sort()

describe('docs/backends.md', () => {
  it('has a row for each backend', () => {
    expect(sorted(table('docs/backends.md', 'name').flatMap(([name]) => code(name)))).toEqual(
      sorted(backendNames),
    )
  })

  it('has the order in which `auto` tries them, and which of them only on a GPU', () => {
    const [, list = ''] = read('docs/backends.md').match(/`auto`[\s\S]*?\n\n((?:\d\. .*\n)+)/) ?? []
    const items = list.trim().split('\n')
    expect(items.flatMap((item) => code(item).slice(0, 1))).toEqual(automatic.map(({ name }) => name))
    expect(items.map((item) => item.includes('on a GPU'))).toEqual(
      automatic.map(({ worthTrying }) => worthTrying !== undefined),
    )
  })
})

describe('docs/precision.md', () => {
  const rows = table('docs/precision.md', '| operands')

  it('has a row for each format', () => {
    expect(rows.flatMap(([format]) => code(format))).toEqual([...lowPrecisions, 'auto'])
  })

  it.each(lowPrecisions)('%s: the backends that have its products', async (format) => {
    const [, , , backends] = rows.find(([name]) => name === `\`${format}\``) ?? []
    const able = await Promise.all(
      backendNames.map(async (name) => ((await capabilitiesOf(name)).has(productsIn(format)) ? [name] : [])),
    )
    expect(sorted(code(backends).filter((name) => backendNames.some((known) => known === name)))).toEqual(
      sorted(able.flat()),
    )
  })
})

describe('docs/language.md', () => {
  it('has the metrics of each kind of answer, the one shown by default among them', () => {
    const rows = new Map(
      table('docs/language.md', 'answers').map(([answers = '', names]) => [answers, names]),
    )
    const kinds = {
      'a class': 'class',
      'a number': 'number',
      'tags of words': 'tags',
      spans: 'span',
      'masked pieces': 'masked',
    } as const
    expect([...rows.keys()]).toEqual(Object.keys(kinds))
    for (const [answers, kind] of Object.entries(kinds)) {
      const named = new Set(code(rows.get(answers)).filter((name) => metricNames.some((one) => one === name)))
      expect(sorted(named)).toEqual(sorted(metricsOf(kind)))
      expect(named).toContain(taskFacts[kind].metric)
    }
  })

  it('has every loss of the library, and no other', () => {
    const { tree } = parseSource('std/losses.distill', readFileSync(join(root, 'std/losses.distill'), 'utf8'))
    const losses = tree.declarations.flatMap((item) => {
      const [first, second] = item.kind === 'def' ? (item.parameters ?? []).map(({ name }) => name.text) : []
      const isLoss = item.kind === 'def' && /^s1?$/.test(first ?? '') && /^(t|s2)$/.test(second ?? '')
      return isLoss ? [item.name.text] : []
    })
    const [, section = ''] = read('docs/language.md').split('### Losses of the library')
    const [rows = ''] = section.split('```')
    const named = [...rows.matchAll(/^\| \w.*$/gm)]
      .flatMap(([line]) => code(line))
      .map((call) => call.replace(/\(.*/, ''))
    expect(sorted(named.filter((name) => !builtins.has(name)))).toEqual(sorted(losses))
  })

  // Losses have a section of their own.
  const losses = ['mse', 'kl', 'cross_entropy', 'cosine_distance', 'smooth']
  const operations = [
    ...table('docs/language.md', 'in models only'),
    ...table('docs/language.md', 'anywhere'),
  ]

  it('has every function among the operations', () => {
    const words = new Set(operations.flatMap(([cell = '']) => cell.match(/\w+/g) ?? []))
    const missing = [...builtins.keys()].filter((name) => !words.has(name) && !losses.includes(name))
    expect(missing).toEqual([])
  })

  it('calls functions with arguments that they have', () => {
    const rows = operations.filter(([cell]) => /^`\w+\(/.test(cell ?? ''))
    expect(rows.length).toBeGreaterThan(8)
    for (const [cell = '', note] of rows)
      for (const call of code(cell)) {
        const [, name = '', given = ''] = /^(\w+)\((.*)\)$/.exec(call) ?? []
        const signature = builtins.get(name)?.signature ?? ''
        expect(signature, call).not.toBe('')
        const slots = signature.replace(/^\w+\(|\)$/g, '').split(',').length
        expect(given.split(',').length, call).toBeLessThanOrEqual(slots)
        const settings = [...given.split(','), ...code(note)].flatMap(
          (one) => /^\s*(\w+) = /.exec(one)?.[1] ?? [],
        )
        for (const setting of settings)
          expect(signature, call).toMatch(new RegExp(`\\b(?:${setting}|AXIS) =`))
      }
  })
})

describe('docs/recipes.md', () => {
  it('has the source of every shipped spec but the demo', () => {
    const patterns = table('docs/recipes.md', '| after').flatMap(([names]) => code(names))
    const expressions = patterns.map(
      (name) => new RegExp(`^${name.replaceAll('.', '\\.').replaceAll('*', '.*')}$`),
    )
    const specs = readdirSync(join(root, 'specs')).filter((file) => file.endsWith('.distill'))
    expect(specs.filter((file) => !expressions.some((one) => one.test(file)))).toEqual(['demo.distill'])
    expect(patterns.filter((_, i) => !specs.some((file) => expressions[i]?.test(file)))).toEqual([])
  })
})
