/** Paths that no system takes, in each place of a spec and of the command line: one error that names the remedy. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { quoted } from '../../src/syntax/string-escapes.ts'
import { distill } from '../distill.ts'

const home = mkdtempSync(join(tmpdir(), 'distill-hostile-paths-'))
afterAll(() => rmSync(home, { recursive: true }))
const fixture = new URL('../fixtures/tiny/', import.meta.url).pathname
cpSync(fixture, home, { recursive: true })
const good = readFileSync(join(fixture, 'tiny.distill'), 'utf8')

/** A name with a zero byte, names that are too long, and a path through a file. */
const paths = ['a\0b', 'n'.repeat(5000), 'long/'.repeat(2000), 'train.tsv/inside'] as const

/** The spec with a path in some place. */
const places: Readonly<Record<string, (path: string) => string>> = {
  training: (path) => good.replace('"train.tsv"', path),
  validation: (path) => good.replace('"validation.tsv"', path),
  pattern: (path) => good.replace('"train.tsv"', path.replace(/"$/, '*"')),
  tokenizer: (path) => good.replace('wordpiece(size = 96)', path),
  weights: (path) => good.replace('small { heads', `small { weights = ${path}, heads`),
  import: (path) => good.replace('"std/losses.distill"', path),
}

const refused = {
  status: expect.toSatisfy((status: number) => status === 1 || status === 2),
  err: expect.not.stringMatching(/internal error|\n {4}at /i),
}

describe('a path that no system takes', () => {
  const commands = [
    ['check'],
    ['explain'],
    ['data'],
    ['train', '--backend', 'reference', '--out', join(home, 'run')],
  ]
  const cases = Object.keys(places).flatMap((place) =>
    commands.flatMap((words) =>
      paths.map((path, index) => ({ place, command: words[0], words, path, index })),
    ),
  )
  it.each(cases)('of the $place, by $command (path $index)', async ({ place, words, path }) => {
    writeFileSync(join(home, 'spec.distill'), places[place]?.(quoted(path)) ?? '')
    const [command = '', ...more] = words
    const outcome = await distill([command, join(home, 'spec.distill'), ...more])
    // `explain` needs no data, and `data` no weights.
    const needless = command === 'explain' || (command === 'data' && place === 'weights')
    if (needless && outcome.status === 0) return
    expect(outcome).toMatchObject(refused)
    expect(outcome.err).toMatch(/error\[E\d{4}\]/)
  })

  it.each([
    ...[['check'], ['explain'], ['data'], ['fmt'], ['train'], ['graph'], ['profile'], ['compile']],
    ...[['report'], ['compare'], ['watch'], ['eval'], ['export'], ['export-logs'], ['predict'], ['serve']],
    ['new', join(home, 'new.distill'), '--from'],
    ['train', join(home, 'tiny.distill'), '--backend', 'reference', '--out'],
    ['new', '--from', join(home, 'train.tsv')],
  ])('given to %s %s', async (...words: string[]) => {
    for (const path of paths.slice(1)) {
      const outcome = await distill([...words, path], { cwd: home })
      expect(outcome).toMatchObject(refused)
      expect(outcome.err).not.toBe('')
    }
    expect(readdirSync(home).filter((name) => name.includes('partial'))).toEqual([])
  })
})
