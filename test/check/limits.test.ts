import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkFile } from '../../src/check/check.ts'
import { limits } from '../../src/syntax/limits.ts'

/** Each limit is passed by a short text's expansion or by a long text: one coded error at a place, soon, and never a crash. */
const models = `import { bert_base } from "std/bert.distill"
model small = bert_base with { layers = 2, hidden_size = 64, heads = 2 }
teacher T : small {}
student S : small {}
`
const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i + 1)).join('\n')
const learn = (loss: string): string =>
  `stage learn { minimize ${loss}, batch = 4, optimizer = adam(rate = 1e-4) }`
const one = 'mse(S.hidden[1], T.hidden[1])'
const ofStudent = 'student X : m {}\n'
const word = 'vocabulary = 10, word = lookup(tokens, vocabulary, 8)'

const excesses: Readonly<Record<string, readonly [code: string, spec: string]>> = {
  '100,000 brackets': ['E0014', `setting a = ${'('.repeat(1e5)}1${')'.repeat(1e5)}`],
  '100,000 open brackets': ['E0014', `setting a = ${'['.repeat(1e5)}`],
  '100,000 blocks': ['E0014', `model m { ${'a {'.repeat(1e5)} x = 1 ${'}'.repeat(1e5)} }`],
  '100,000 signs': ['E0014', `setting a = ${'- '.repeat(1e5)}1`],
  '100,000 powers': ['E0014', `setting a = 1${' ^ 1'.repeat(1e5)}`],
  '10,000 conditions': ['E0014', `setting a = ${'if 1 < 2 then 1 else '.repeat(1e4)}1`],
  '10,000 conditions of conditions': [
    'E0014',
    `setting a = ${'if '.repeat(1e4)}1 < 2${' then 1 else 2'.repeat(1e4)}`,
  ],
  '50,000 functions': ['E0014', `setting a = ${'x -> '.repeat(5e4)}1`],
  '50,000 members': ['E0014', `${models}loss a = S${'.first'.repeat(5e4)}`],
  '50,000 calls of a result': ['E0014', `${models}loss a = S${'(1)'.repeat(5e4)}`],
  '100,000 additions': ['E0086', `setting a = 1${' + 1'.repeat(1e5)}`],
  '100,000 products nobody uses': ['E0086', `def f(x) = x${' * x'.repeat(1e5)}`],
  '20 MB of a comment': ['E0087', `// ${'x'.repeat(2e7)}`],
  '5 MB of declarations': ['E0087', lines(2e5, (i) => `setting s${i} = ${i}`)],
  '100,000 characters that mean nothing': ['E0002', '$ '.repeat(1e5)],
  '100,000 closing brackets': ['E0008', '} '.repeat(1e5)],
  'a list of 50,000': ['E0189', `setting a = [${'1, '.repeat(5e4)}1]`],
  'a sum over 10^9': ['E0318', models + learn(`sum k in 1..10^9 { ${one} }`)],
  '10^9 layers': ['E0318', `${models}model b = bert_base with { layers = 10^9 }`],
  '10,000 layers': ['E0318', `${models}model b = bert_base with { layers = 10_000 }`],
  'a family of 10^9': ['E0318', `${models}stage s[m] for m in 1..10^9 { minimize ${one} }`],
  'a family of 10,000': ['E0786', `${models}stage s[m] for m in 1..10_000 { minimize ${one} }`],
  '2,000 stages': ['E0786', models + lines(2000, (i) => `stage s${i} { minimize ${one} }`)],
  'projections of 10^9': [
    'E0318',
    `${models}projection W[m] for m in 1..10^9 : small.hidden_size -> small.hidden_size = linear`,
  ],
  'sums in sums': ['E0186', models + learn(`sum a in 1..9_999 { sum b in 1..9_999 { a * b * ${one} } }`)],
  '9^20 combinations': [
    'E0787',
    `${lines(20, (i) => `setting s${i} = 1`)}\nsweep { ${lines(20, (i) => `s${i} = [1, 2, 3, 4, 5, 6, 7, 8, 9]`)} }`,
  ],
  '2^60 calls': [
    'E0186',
    `${models}def f0(x) = x + 1\n${lines(60, (i) => `def f${i}(x) = f${i - 1}(x) + f${i - 1}(x)`)}\n${learn('mean(f60(S.hidden[1]))')}`,
  ],
  '2^60 different terms': [
    'E0186',
    `${models}def f0(x) = x + 1\n${lines(60, (i) => `def f${i}(x) = f${i - 1}(x) + f${i - 1}(2 * x)`)}\n${learn('mean(f60(S.hidden[1]))')}`,
  ],
  '2^60 heads': [
    'E0186',
    `head h0(x) { output = relu(x) }\n${lines(60, (i) => `head h${i}(x) { a = h${i - 1}(x), b = h${i - 1}(x), output = a.output + b.output }`)}\nmodel m { ${word}, top = h60(word), output = top.output }\n${ofStudent}`,
  ],
  'a head of itself': [
    'E0112',
    `head h(x) { a = h(x), output = a.output }\nmodel m { ${word}, top = h(word), output = top.output }\n${ofStudent}`,
  ],
  'heads of each other': [
    'E0112',
    `head h(x) { a = g(x), output = x }\nhead g(x) { a = h(x), output = x }\nmodel m { ${word}, top = h(word), output = top.output }\n${ofStudent}`,
  ],
  '1..layer for 1..layers': [
    'E0112',
    `model m { ${word}, layers = 2\nlayer[m] for m in 1..layer from x = word { output = relu(x) }\noutput = layer[layers].output }\n${ofStudent}`,
  ],
  '5,000 settings, the last first': [
    'E0187',
    `${lines(5000, (i) => `setting s${i} = s${i + 1} + 1`)}\nsetting s5001 = 1`,
  ],
  '5,000 names of a model, the last first': [
    'E0187',
    `model m { vocabulary = 10, output = x1\n${lines(5000, (i) => `x${i} = relu(x${i + 1})`)}\nx5001 = lookup(tokens, vocabulary, 8) }\n${ofStudent}`,
  ],
  '5,000 defs of defs': [
    'E0187',
    `${models}def f0(x) = x\n${lines(5000, (i) => `def f${i}(x) = f${i - 1}(x) + 1`)}\nloss a = f5000(${one})`,
  ],
}

/** Wide shares of what is stated: the machine that runs the tests may be busy, so processor time is what counts. */
function measured(spec: string): { text: string; seconds: number; megabytes: number } {
  const folder = mkdtempSync(join(tmpdir(), 'limits-'))
  writeFileSync(join(folder, 'spec.distill'), spec)
  writeFileSync(
    join(folder, 'usage.mjs'),
    `process.on('exit', () => {
      const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
      process.stdout.write(JSON.stringify({ seconds: (userCPUTime + systemCPUTime) / 1e6, megabytes: maxRSS / 1024 }))
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
  return { text: stderr, ...JSON.parse(stdout) }
}

describe('beyond a limit', () => {
  it('each code of a limit is met', () => {
    const codes = new Set(Object.values(excesses).map(([code]) => code))
    expect([...codes].sort().join(' ')).toBe(
      'E0002 E0008 E0014 E0086 E0087 E0112 E0186 E0187 E0189 E0318 E0786 E0787',
    )
  })

  it.each(Object.entries(excesses))('%s: one error at a place', (_, [code, spec]) => {
    const { diagnostics } = checkFile('spec.distill', {
      reader: (path) => (path === 'spec.distill' ? spec : undefined),
    })
    const [first, ...others] = diagnostics.filter(({ severity }) => severity === 'error')
    expect(first?.code).toBe(code)
    expect(first?.span?.file).toBe('spec.distill')
    if (code !== 'E0002' && code !== 'E0008') expect(others).toEqual([])
    expect(diagnostics.length).toBeLessThanOrEqual(limits.reports + 1)
  })

  it.each([
    '100,000 brackets',
    '100,000 additions',
    '20 MB of a comment',
    '100,000 characters that mean nothing',
    '2^60 different terms',
    '2^60 heads',
    'sums in sums',
    '5,000 defs of defs',
  ])('%s: soon, and in little memory', { timeout: 120_000 }, (name) => {
    const [code, spec] = excesses[name] ?? ['', '']
    const runs = [1, 2, 3].map(() => measured(spec))
    expect(runs[0]?.text).toContain(`error[${code}]`)
    expect(Math.min(...runs.map(({ seconds }) => seconds))).toBeLessThan(2)
    expect(Math.min(...runs.map(({ megabytes }) => megabytes))).toBeLessThan(500)
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
  it('a sum of thousands of terms, written out', () => {
    expect(
      fine(models + learn(Array.from({ length: 5000 }, (_, i) => `${i + 1} * ${one}`).join(' + '))),
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
    const chain = Array.from({ length: 5000 }, (_, i) => `data d${i + 1} = d${i} with { max_length = 64 }`)
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
