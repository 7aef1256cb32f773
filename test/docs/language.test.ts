import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { renderDiagnostics } from '../../src/diagnostics/render.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { parseSource } from '../../src/syntax/build-ast.ts'
import { printSource } from '../../src/syntax/print.ts'

const page = ['language', 'recipes']
  .map((name) => readFileSync(new URL(`../../docs/${name}.md`, import.meta.url), 'utf8'))
  .join('\n')
const examples = [...page.matchAll(/^#+ (.+?)$|^```distill\n([\s\S]*?)^```$/gm)].reduce<{
  title: string
  list: [string, string][]
}>(
  ({ title, list }, match) => {
    const [, heading, code] = match
    if (heading !== undefined) return { title: heading, list }
    return { title, list: [...list, [`${list.length + 1} ${title}`, code ?? '']] }
  },
  { title: '', list: [] },
).list

describe('every example of docs/language.md and docs/recipes.md', () => {
  it('is found', () => expect(examples.length).toBeGreaterThan(20))

  it.each(examples)('%s checks', (_, code) => {
    const file = 'example.distill'
    const result = checkFile(file, { reader: (path: string) => (path.endsWith(file) ? code : undefined) })
    expect(renderDiagnostics(result.diagnostics, result.sources, { color: false })).toBe('')
    expect(result.program).toBeDefined()
  })

  it.each(examples)('%s is printed back to a fixed point', (_, code) => {
    const once = printSource(parseSource('example.distill', code).tree)
    expect(printSource(parseSource('example.distill', once).tree)).toBe(once)
  })
})
