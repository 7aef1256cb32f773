import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseSource } from '../../src/syntax/build-ast.ts'
import { printSource } from '../../src/syntax/print.ts'

/** What we ship is in the layout that `distill fmt` gives. */
const root = new URL('../..', import.meta.url).pathname
const files = ['std', 'specs', 'specs/tasks', 'test/recipes', 'test/reference'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.distill'))
    .map((file) => `${folder}/${file}`),
)

describe('the standard layout', () => {
  it.each(files)('%s', (file) => {
    const text = readFileSync(join(root, file), 'utf8')
    expect(printSource(parseSource(file, text).tree)).toBe(text)
  })
})
