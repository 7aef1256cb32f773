/**
 * How long the checker takes after a keystroke: `npx tsx bench/keystroke.ts [name of a spec] [runs]`. Every shipped spec is edited in a few
 * places, one character each time, back and forth; then its problems and its names are asked for, as an editor does.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { filesOnDisk } from '../src/disk/spec-files.ts'
import { LanguageService } from '../src/language/service.ts'

const [only = '', runs = '20'] = process.argv.slice(2)
const folder = new URL('../specs/', import.meta.url).pathname
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const median = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN
const shown = (time: number): string => time.toFixed(1).padStart(8)

/** Where a key is pressed: behind the match of a pattern, whose character is doubled. */
const edits: Readonly<Record<string, RegExp>> = {
  'a comment': /^\/\/\/? \w/m,
  'a length': /max_length = \d/,
  'a size of a model': /hidden_size = \d|_dropout = \d/,
  'a loss': /^loss [^=]*= \D*\d/m,
  'a stage': /budget = \d/,
}

const specs = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.distill') && name.includes(only))
  .sort()

say(`${cpus()[0]?.model}, Node ${process.version}: milliseconds, the median and the most of ${runs}\n`)
say(`${''.padEnd(54)}   check              problems           names`)
for (const name of specs) {
  const path = join(folder, name)
  const text = readFileSync(path, 'utf8')
  for (const [what, pattern] of Object.entries(edits)) {
    const match = pattern.exec(text)
    if (!match) continue
    const place = match.index + match[0].length
    const edited = text.slice(0, place) + text[place - 1] + text.slice(place)
    const service = new LanguageService({
      files: filesOnDisk,
      uriOf: (asked) => `file://${asked}`,
    })
    const times: number[][] = [[], [], []]
    const measure = (part: number, run: () => void): void => {
      const start = performance.now()
      run()
      times[part]?.push(performance.now() - start)
    }
    const key = (now: string): void => {
      service.workspace.set(path, now)
      measure(0, () => service.workspace.check(path))
      measure(1, () => service.problems(path))
      measure(2, () => service.workspace.check(path).names())
    }
    for (let i = 0; i < 6; i++) key(i % 2 ? text : edited)
    for (const part of times) part.length = 0
    for (let i = 0; i < Number(runs); i++) key(i % 2 ? text : edited)
    const columns = times.map((part) => `${shown(median(part))} ${shown(Math.max(...part))}`)
    say(`${name.padEnd(36)}${what.padEnd(18)}${columns.join('  ')}`)
  }
}
