import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Outcome, distill as run } from '../distill.ts'

const root = new URL('../..', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'draw-'))

const distill = (...words: string[]): Promise<Outcome> => run(words, { cwd: root })

describe('distill graph', () => {
  it.each([
    ['svg', /^<\?xml[\s\S]*<svg/],
    ['dot', /^digraph "distil" \{/],
    ['html', /^<!doctype html>/],
  ])('writes .%s', async (ending, begin) => {
    const file = join(folder, `demo.${ending}`)
    const { status, out } = await distill('graph', 'specs/demo.distill', '--stage', 'distil', '-o', file)
    expect([status, out]).toEqual([0, `${file}\n`])
    expect(readFileSync(file, 'utf8')).toMatch(begin)
  })

  it.each([
    ['demo.png', 'E1110'],
    ['demo', 'E1110'],
  ])('refuses %s', async (name, code) => {
    const file = join(folder, name)
    const { status, err } = await distill('graph', 'specs/demo.distill', '-o', file)
    expect(status).toBe(2)
    expect(err).toContain(code)
    expect(err).toContain('.svg, .dot, .html')
    expect(existsSync(file)).toBe(false)
  })

  it('refuses an unknown stage', async () => {
    const { status, err } = await distill(
      'graph',
      'specs/demo.distill',
      '--stage',
      'distill',
      '-o',
      join(folder, 'x.svg'),
    )
    expect(status).toBe(2)
    expect(err).toContain('E1105')
    expect(err).toContain('did you mean `distil`?')
  })
})

describe('distill profile', () => {
  const small = ['--stage', 'distil', '--batch', '2', '--length', '8', '--steps', '1']

  it('lists operations and lines, the most expensive first, and what they add up to', async () => {
    const { status, out } = await distill(
      'profile',
      'specs/demo.distill',
      ...small,
      '--backend',
      'cpu',
      '--json',
    )
    expect(status).toBe(0)
    const profile: {
      milliseconds: number
      peak_gflops: number
      sizes: object
      operations: { name: string; milliseconds: number; calls: number; bytes: number }[]
      lines: { name: string; milliseconds: number; text?: string; calls: number }[]
    } = JSON.parse(out)
    expect(profile.sizes).toEqual({ examples: 2, tokens: 8 })
    expect(profile.peak_gflops).toBeGreaterThan(0)
    for (const list of [profile.operations, profile.lines]) {
      const times = list.map(({ milliseconds }) => milliseconds)
      expect(times).toEqual([...times].sort((a, b) => b - a))
      expect(times.reduce((a, b) => a + b, 0)).toBeCloseTo(profile.milliseconds, 6)
    }
    const calls = (list: readonly { calls: number }[]) => list.reduce((sum, entry) => sum + entry.calls, 0)
    expect(calls(profile.lines)).toBe(calls(profile.operations))
    for (const { bytes } of profile.operations) expect(bytes).toBeGreaterThan(0)
    // A line is given with its text, and holds the gradient of what it says, too.
    const up = profile.lines.find(({ text }) => text?.startsWith('up '))
    expect(up?.name).toMatch(/^std\/bert\.distill:\d+$/)
    const [file = '', line = ''] = (up?.name ?? '').split(':')
    expect(readFileSync(join(root, file), 'utf8').split('\n')[Number(line) - 1]?.trim()).toBe(up?.text)
    expect(up?.calls).toBeGreaterThan(3)
  })

  it('as text: ten of each, within 120 columns', async () => {
    const { status, out } = await distill('profile', 'specs/demo.distill', ...small)
    expect(status).toBe(0)
    expect(out).toMatch(
      /^stage distil on \w+: 2 examples x 8 tokens, mean of 1 step, synthetic data, random weights\n/,
    )
    expect(out.match(/^ {2}and \d+ more/gm)?.length).toBe(2)
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120)
  })

  it('does not measure the reference evaluator', async () => {
    const { status, err } = await distill('profile', 'specs/demo.distill', ...small, '--backend', 'reference')
    expect(status).toBe(2)
    expect(err).toContain('E1111')
  })
})
