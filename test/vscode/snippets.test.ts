/** Each snippet gives a text that is right: alone it parses in the standard layout, and all of them are one spec without errors. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { renderDiagnostics } from '../../src/diagnostics/render.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { parseSource } from '../../src/syntax/build-ast.ts'
import { printSource } from '../../src/syntax/print.ts'

const file = new URL('../../editors/vscode/snippets.json', import.meta.url)
const snippets = z
  .record(
    z.string(),
    z.object({ prefix: z.string(), description: z.string(), body: z.array(z.string()) }).strict(),
  )
  .parse(JSON.parse(readFileSync(file, 'utf8')))

/** As it stands before the first key: `${1:name}` is name, `${1|a,b|}` is a, `$0` is the place of the cursor. */
const expanded = (body: readonly string[]): string =>
  body
    .join('\n')
    .replace(/\$\{\d+:([^}]*)\}/g, '$1')
    .replace(/\$\{\d+\|([^,|]*)[^}]*\}/g, '$1')
    .replace(/\$\d+/g, '')
/** The texts of the places of each number, which are filled in at once. */
const numbered = (body: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> => {
  const found = new Map<string, Set<string>>()
  for (const [, number = '', text = ''] of body.join('\n').matchAll(/\$\{(\d+)[:|]([^}]*)\}/g))
    found.set(number, (found.get(number) ?? new Set()).add(text))
  return found
}

describe.each(Object.entries(snippets))('the snippet %s', (_, { prefix, body }) => {
  const text = expanded(body)
  it('is a text in the standard layout, behind which one goes on', () => {
    const { tree, diagnostics } = parseSource('snippet.distill', text)
    expect(diagnostics).toEqual([])
    expect(printSource(tree)).toBe(text)
    expect(body.at(-1)).toBe('$0')
  })
  it('begins with the word that it is offered for', () => {
    expect(text.startsWith(prefix.split(' ')[0] ?? '')).toBe(true)
  })
  it('has one text for each place that is filled in at once', () => {
    for (const texts of numbered(body).values()) expect(texts.size).toBe(1)
  })
})

describe('all snippets', () => {
  it('are one spec without errors', () => {
    const text = Object.values(snippets)
      .map(({ body }) => expanded(body))
      .join('\n')
    const path = join(import.meta.dirname, 'snippets.distill')
    const { diagnostics, sources } = checkFile(path, {
      reader: (asked) => (asked === path ? text : undefined),
    })
    expect(renderDiagnostics(diagnostics, sources, { color: false })).toBe('')
  })
  it('are of each kind of declaration', () => {
    const words = new Set(Object.values(snippets).map(({ prefix }) => prefix.split(' ')[0]))
    const kinds = 'data def head import loss map model projection setting stage student sweep teacher'.split(
      ' ',
    )
    expect([...words].sort()).toEqual(kinds)
  })
})
