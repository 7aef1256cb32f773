/**
 * Kills trainings at random moments and resumes them: real processes of the built tool, by KILL, TERM, INT and
 * HUP, in chains of up to five. After each chain the run is finished. Weights must have the SHA-256 of a run
 * that was never stopped, and the log its lines but for fields of time and memory.
 *
 *   npx tsx bench/faults/kills.ts [--kills 1000] [--seed 1] [--tool dist/distill.js]
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { comparedLog } from '../../test/faults/compared-log.ts'
import { dataTable, smallSpec } from '../../test/faults/small-spec.ts'

export const signals = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const
type Kill = (typeof signals)[number]

export interface KillsOptions {
  readonly tool: string
  readonly kills: number
  readonly seed: number
  /** Called after each chain. */
  readonly report?: (text: string) => void
}

export interface KillsOutcome {
  readonly chains: number
  /** Signals that met a process at work, by name. */
  readonly kills: Readonly<Record<Kill, number>>
  /** Of them, those sent while a checkpoint was written. */
  readonly insideSaves: number
  /** What was not as in the undisturbed run. */
  readonly failures: readonly string[]
}

/** Runs of about this many kills, in chains of one to five each. */
export async function killRounds({ tool, kills: wanted, seed, report }: KillsOptions): Promise<KillsOutcome> {
  const home = mkdtempSync(join(tmpdir(), 'kills-'))
  writeFileSync(join(home, 'spec.distill'), smallSpec({ epochs: 12 }))
  writeFileSync(join(home, 'train.tsv'), dataTable(64))
  const random = randomFrom(seed)
  const process = (out: string, resume: boolean) =>
    new Training({ tool, home, out, resume: resume && existsSync(join(home, out, 'config.json')) })
  const kills: Record<Kill, number> = { SIGKILL: 0, SIGTERM: 0, SIGINT: 0, SIGHUP: 0 }
  const failures: string[] = []
  let [chains, insideSaves] = [0, 0]
  try {
    const began = Date.now()
    const first = await process('straight', false).ended
    if (first.code !== 0) throw new Error(`the undisturbed run ended with ${first.code}: ${first.said}`)
    const length = Date.now() - began
    const straight = stateOf(join(home, 'straight'))
    while (sum(kills) < wanted) {
      const out = `run-${chains++}`
      const fail = (what: string): void => {
        failures.push(`${out}: ${what}`)
        report?.(`failure in ${join(home, out)}: ${what}`)
      }
      for (let k = 1 + Math.floor(random() * 5); k > 0; k--) {
        const name = signals[Math.floor(random() * signals.length)] ?? 'SIGKILL'
        // Of a process before, which SIGKILL ended: this one may be ended before it sweeps.
        const before = new Set(leftovers(join(home, out)))
        const training = process(out, true)
        const inside = random() < 0.3
        if (inside) await training.nextSave(Math.floor(random() * 4))
        else await training.after(random() * length)
        const { code, signal, said, killed } = await training.kill(name)
        // It was over before.
        if (!killed) {
          if (code !== 0) fail(`ended by itself with ${code}: ${said}`)
          continue
        }
        kills[name]++
        if (inside) insideSaves++
        const expected = { SIGKILL: [], SIGTERM: [143], SIGINT: [130], SIGHUP: [129] }[name]
        if (code !== 0 && signal !== name && !expected.some((one) => one === code))
          fail(`${name} ended it with ${code ?? signal}: ${said}`)
        const all = name === 'SIGKILL' ? [] : leftovers(join(home, out))
        const left = all.filter((file) => !before.has(file))
        if (left.length > 0) fail(`${name} left ${left.join(', ')}`)
      }
      const last = await process(out, true).ended
      if (last.code !== 0) fail(`the last part ended with ${last.code}: ${last.said}`)
      else {
        const state = stateOf(join(home, out))
        for (const [what, text] of straight) if (state.get(what) !== text) fail(`${what} differs`)
        for (const name of leftovers(join(home, out))) fail(`${name} is left`)
      }
      if (failures.length === 0) rmSync(join(home, out), { recursive: true })
      report?.(
        `${sum(kills)} kills in ${chains} chains, ${insideSaves} inside a save; ${failures.length} failures`,
      )
    }
    return { chains, kills, insideSaves, failures }
  } finally {
    if (failures.length === 0) rmSync(home, { recursive: true })
  }
}

interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly said: string
}

/** A process that trains in a folder. */
class Training {
  readonly ended: Promise<Ended>
  private readonly child
  private readonly checkpoints: string

  constructor({ tool, home, out, resume }: { tool: string; home: string; out: string; resume: boolean }) {
    this.checkpoints = join(home, out, 'checkpoints')
    const words = ['train', 'spec.distill', '--backend', 'cpu', '--out', out, ...(resume ? ['--resume'] : [])]
    this.child = spawn(globalThis.process.execPath, [tool, ...words], {
      cwd: home,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    this.child.stderr.on('data', (part: Buffer) => {
      said = `${said}${part.toString()}`.slice(-600)
    })
    this.ended = new Promise((done) =>
      this.child.on('close', (code, signal) => done({ code, signal, said: said.trim() })),
    )
  }

  /** Milliseconds from its start, or until it has ended. */
  after(ms: number): Promise<unknown> {
    return Promise.race([this.ended, new Promise((done) => setTimeout(done, ms))])
  }

  /** Until a checkpoint is being written, `skipped` others after the first. */
  async nextSave(skipped: number): Promise<void> {
    while (!existsSync(this.checkpoints) && this.child.exitCode === null) await this.after(5)
    if (!existsSync(this.checkpoints)) return
    const stop = new AbortController()
    const seen = new Promise<void>((done) => {
      let left = skipped
      const names = new Set<string>()
      watch(this.checkpoints, { signal: stop.signal }, (_, name) => {
        if (!name?.includes('.partial') || names.has(name)) return
        // The same name is used for each save.
        names.add(name)
        setTimeout(() => names.delete(name), 5)
        if (left-- <= 0) done()
      })
    })
    await Promise.race([this.ended, seen])
    stop.abort()
  }

  /** `killed`: it was at work when the signal was sent. */
  async kill(name: Kill): Promise<Ended & { readonly killed: boolean }> {
    const killed = this.child.exitCode === null && this.child.kill(name)
    return { ...(await this.ended), killed }
  }
}

/** The SHA-256 of each trained model, and the lines of the log. */
function stateOf(run: string): ReadonlyMap<string, string> {
  const best = join(run, 'best')
  const hashes = readdirSync(best).map((name) => {
    const hash = createHash('sha256')
      .update(readFileSync(join(best, name)))
      .digest('hex')
    return [`best/${name}`, hash] as const
  })
  return new Map([...hashes, ['metrics.jsonl', comparedLog(run).join('\n')]])
}

function leftovers(run: string): string[] {
  if (!existsSync(run)) return []
  return readdirSync(run, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(^|\/)lock|\.partial$/.test(name),
  )
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((all, count) => all + count, 0)
}

/** mulberry32: numbers from 0 to below 1. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let value = Math.imul(state ^ (state >>> 15), 1 | state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296
  }
}

if (process.argv[1]?.endsWith('kills.ts')) {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      tool: { type: 'string', default: 'dist/distill.js' },
    },
  })
  const outcome = await killRounds({
    tool: resolve(values.tool),
    kills: Number(values.kills),
    seed: Number(values.seed),
    report: (text) => process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`),
  })
  process.stdout.write(`${JSON.stringify(outcome, null, 2)}\n`)
  process.exitCode = outcome.failures.length === 0 ? 0 : 1
}
