/**
 * To import the library does nothing but define it: no output, no package, no backend, nothing that stays in
 * the process, and little time.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'

const entry = new URL('../../dist/index.js', import.meta.url).pathname

/** The modules that are loaded with a file: files of ours, and names of others. */
function loadedWith(file: string, seen = new Set<string>(), isTypes = file.endsWith('.d.ts')): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  const text = readFileSync(
    file.replace(/(?<!\.d)\.js$/, (end) => (isTypes ? '.d.ts' : end)),
    'utf8',
  )
  for (const [, from = ''] of text.matchAll(/^(?:import|export)\b[^'"]*?(?:from )?["']([^"']+)["'];?$/gm)) {
    if (from.startsWith('.')) loadedWith(join(dirname(file), from), seen, isTypes)
    else seen.add(from)
  }
  return seen
}

it('loads no package', () => {
  const loaded = loadedWith(entry)
  expect(loaded.size).toBeGreaterThan(1)
  expect([...loaded].filter((name) => !name.startsWith('/') && !name.startsWith('node:'))).toEqual([])
})

it('prints nothing, leaves the process as it was, and lets it end', () => {
  const script = `
    const state = () => JSON.stringify([
      Object.getOwnPropertyNames(globalThis).sort(), Object.entries(process.env), process.cwd(), process.exitCode ?? null,
      process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
    ])
    const before = state()
    const begun = process.cpuUsage().user
    const library = await import(${JSON.stringify(entry)})
    const milliseconds = (process.cpuUsage().user - begun) / 1000
    require('node:fs').writeSync(3, JSON.stringify({ same: state() === before, milliseconds, names: Object.keys(library) }))`
  const { output, status } = spawnSync(process.execPath, ['--eval', `(async () => {${script}})()`], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    encoding: 'utf8',
    timeout: 20_000,
  })
  const [, out, error, told] = output
  expect([status, out, error]).toEqual([0, '', ''])
  const { same, milliseconds, names } = JSON.parse(told ?? '')
  expect(same).toBe(true)
  expect(names).toEqual(['DistillError', 'check', 'explain', 'exportModel', 'load', 'train'])
  // 10 to 20 ms on an idle machine; the compiler alone takes 200.
  expect(milliseconds).toBeLessThan(100)
})

it('has types of its own alone: those of a bundled package fail where a program checks its libraries too', () => {
  const loaded = [...loadedWith(entry.replace(/js$/, 'd.ts'))].map((file) => file.replace(/\.js$/, '.d.ts'))
  expect(loaded.length).toBeGreaterThan(1)
  for (const file of loaded) expect(readFileSync(file, 'utf8')).not.toMatch(/#region .*node_modules/)
})
