import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { limits } from '../../src/syntax/limits.ts'
import { excesses, learn, lines, models, one, word } from './excesses.ts'

/** The processor time and memory of a whole cold process that checks a spec. */
function measured(spec: string): { text: string; seconds: number; megabytes: number } {
  const folder = mkdtempSync(join(tmpdir(), 'limits-'))
  writeFileSync(join(folder, 'spec.distill'), spec)
  writeFileSync(
    join(folder, 'usage.mjs'),
    `import { readFileSync } from 'node:fs'
    process.on('exit', () => {
      const { userCPUTime, systemCPUTime } = process.resourceUsage()
      // Not maxRSS: the memory of the parent counts in that of a spawned process.
      const megabytes = Number(/VmHWM:\\s*(\\d+) kB/.exec(readFileSync('/proc/self/status', 'latin1'))[1]) / 1024
      process.stdout.write(JSON.stringify({ seconds: (userCPUTime + systemCPUTime) / 1e6, megabytes }))
    })`,
  )
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--max-old-space-size=500',
      '--import',
      join(folder, 'usage.mjs'),
      'dist/distill.js',
      'check',
      join(folder, 'spec.distill'),
    ],
    { encoding: 'utf8', timeout: 60_000 },
  )
  rmSync(folder, { recursive: true })
  return { text: stderr, ...JSON.parse(stdout.slice(stdout.indexOf('{"seconds"'))) }
}

/**
 * The least processor time of up to three runs. On busy cores the same work takes more of it. A spec of one line
 * says how much more: a free core takes 0.16 s to check it.
 */
function seconds(run: () => number): number {
  let least = run()
  for (let again = 0; again < 2 && least > 1; again++) least = Math.min(least, run())
  return least < 1 ? least : least / Math.max(1, measured('setting a = 1\n').seconds / 0.16)
}

describe('beyond a limit', () => {
  it('each code of a limit is met', () => {
    const codes = new Set(Object.values(excesses).map(([code]) => code))
    expect([...codes].sort().join(' ')).toBe(
      'E0002 E0008 E0014 E0086 E0087 E0112 E0186 E0187 E0189 E0318 E0786 E0787',
    )
  })

  it.each(Object.entries(excesses))('%s: one error at a place, soon', (_, [code, spec]) => {
    let found: readonly Diagnostic[] = []
    const taken = seconds(() => {
      const start = process.cpuUsage()
      found = checkFile('spec.distill', {
        reader: (path) => (path === 'spec.distill' ? spec : undefined),
      }).diagnostics
      const { user, system } = process.cpuUsage(start)
      return (user + system) / 1e6
    })
    const [first, ...others] = found.filter(({ severity }) => severity === 'error')
    expect(first?.code).toBe(code)
    expect(first?.span?.file).toBe('spec.distill')
    if (code !== 'E0002' && code !== 'E0008') expect(others).toEqual([])
    expect(found.length).toBeLessThanOrEqual(limits.reports + 1)
    expect(taken).toBeLessThan(1)
  })

  it.each([
    '500,000 signs',
    '20,000 closing brackets',
    'a list of 11,000',
    'sums in sums',
    '2,000 models of 12 layers',
    '3,000 names of a model, the last first',
  ])('%s: a cold process takes less than a second and 500 MB', { timeout: 120_000 }, (name) => {
    const [code, spec] = excesses[name] ?? ['', '']
    const runs: ReturnType<typeof measured>[] = []
    const taken = seconds(() => {
      const run = measured(spec)
      runs.push(run)
      return run.seconds
    })
    expect(runs[0]?.text).toContain(`error[${code}]`)
    expect(taken).toBeLessThan(1)
    expect(Math.max(...runs.map(({ megabytes }) => megabytes))).toBeLessThan(500)
  })

  it('shows the first mistakes and says how many more there are', () => {
    const spec = lines(limits.reports + 20, (i) => `setting s${i} = u${i}`)
    const { diagnostics } = checkFile('spec.distill', { reader: () => spec })
    expect(diagnostics.map(({ code }) => code)).toEqual([
      ...Array.from({ length: limits.reports }, () => 'E0101'),
      'E0088',
    ])
    expect(diagnostics.at(-1)?.message).toBe('20 more after the first 100')
  })

  it('a spec and its imports are of a limited length together', () => {
    const half = lines(limits.words / 8, (i) => `setting x${i} = 1`)
    const files: Readonly<Record<string, string>> = {
      'spec.distill':
        'import { x1 } from "a.distill"\nimport { x2 } from "b.distill"\nsetting s = x1 + x2 + x3',
      'a.distill': half,
      'b.distill': half,
    }
    const { diagnostics } = checkFile('spec.distill', { reader: (path) => files[path] })
    expect(diagnostics.map(({ code, span }) => `${code} ${span?.file}`)).toEqual([
      'E0101 spec.distill',
      'E0087 b.distill',
    ])
  })

  it('a spec reads a hundred files', () => {
    const reader = (path: string) => {
      const number = Number(/^f(\d+)/.exec(path)?.[1] ?? 0)
      return `import { s } from "f${number + 1}.distill"\nsetting s${number} = 1`
    }
    const { diagnostics } = checkFile('spec.distill', { reader })
    expect(diagnostics.map(({ code }) => code)).toEqual(['E0188'])
  })
})

describe('within the limits', () => {
  const fine = (spec: string) =>
    checkFile('spec.distill', { reader: (path) => (path === 'spec.distill' ? spec : undefined) }).diagnostics
  it('a sum of a thousand terms, written out', () => {
    expect(
      fine(models + learn(Array.from({ length: 1000 }, (_, i) => `${i + 1} * ${one}`).join(' + '))),
    ).toEqual([])
  })
  it('a chain of thousands of models in any order', () => {
    const chain = Array.from(
      { length: 1000 },
      (_, i) => `model m${i + 1} = m${i} with { vocabulary = ${i + 10} }`,
    )
    expect(fine(`${chain.reverse().join('\n')}\nmodel m0 { ${word}, output = word }`)).toEqual([])
  })
  it('a chain of thousands of data blocks, the last first', () => {
    const first = 'data d0 { train = "x.tsv", text = column("text"), tokenizer = "none" }'
    const chain = Array.from({ length: 2000 }, (_, i) => `data d${i + 1} = d${i} with { max_length = 64 }`)
    expect(fine(`${chain.reverse().join('\n')}\n${first}`)).toEqual([])
  })
})

it('docs/language.md states the limits', () => {
  const [, section = ''] = readFileSync('docs/language.md', 'utf8').split('\n## Limits\n')
  const rows = [...section.matchAll(/^\| `(\w+)` \| ([\d,]+) \| (.+) \|$/gm)]
  expect(
    Object.fromEntries(rows.map(([, name, number]) => [name, Number(number?.replaceAll(',', ''))])),
  ).toEqual(limits)
})
