import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pages, read, root } from './prose.ts'

const scripts: unknown = JSON.parse(read('package.json')).scripts

describe('the scripts of package.json', () => {
  const named = pages.flatMap((path) =>
    [...read(path).matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => [name, path] as const),
  )
  it.each(named)('have %s, which %s names', (name) => {
    expect(scripts).toHaveProperty([name])
  })
})

/** A path in code, without those that stand for a name (`NAME`, `CASE` ...) or for several files. */
const paths = (text: string): string[] =>
  [...text.matchAll(/`((?:src|test|docs|std|specs|bench|grammar)\/[\w./@-]+)`/g)]
    .map(([, path = '']) => path)
    .filter((path) => !/[A-Z]{4}/.test(path.replace('README', '')))

describe.each(pages)('%s', (page) => {
  it('names files that exist', () => {
    const missing = paths(read(page)).filter(
      (path) => !existsSync(join(root, path)) && !existsSync(join(root, `${path}.test.ts`)),
    )
    // folders for data and weights of the shipped specs, which users fill
    expect(missing.filter((path) => !/^specs\/(data|weights|glove)/.test(path))).toEqual([])
  })
})
