/** Signals, lost output and closed terminals, as a person or a system brings them about: real processes of the built tool. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readProgress } from '../../src/train/checkpoint.ts'
import { openTerminal } from '../train/terminal.ts'
import { dataTable, smallSpec } from './small-spec.ts'

const tool = resolve('dist/distill.js')
const home = mkdtempSync(join(tmpdir(), 'faults-terminal-'))
afterAll(() => rmSync(home, { recursive: true }))
const at = (...names: string[]): string => join(home, ...names)

const variants = {
  'small.distill': smallSpec({}),
  'long.distill': smallSpec({ epochs: 400 }),
  // Of a step on the reference that takes about as long as the thread of signals waits.
  'slow.distill': smallSpec({ epochs: 400, hidden: 172, rows: 'train.tsv' }),
  // Its vocabulary is made of 300,000 lines.
  'much.distill': smallSpec({ rows: 'much.tsv', pieces: 2000 }),
}

beforeAll(() => {
  for (const [name, text] of Object.entries(variants)) writeFileSync(at(name), text)
  writeFileSync(at('train.tsv'), dataTable(64))
  writeFileSync(at('much.tsv'), dataTable(300_000))
  const straight = bash(`distill train small.distill --backend cpu --out straight`)
  expect(straight.stderr).toContain('best S')
})

/** `distill` is the built tool. */
function bash(script: string) {
  const line = `distill() { ${process.execPath} ${tool} "$@"; }\n${script}`
  return spawnSync('bash', ['-c', line], {
    cwd: home,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
}

function start(...words: string[]): ChildProcess {
  return spawn(process.execPath, [tool, ...words], { cwd: home, stdio: ['ignore', 'ignore', 'pipe'] })
}

/** How a process ended, and the milliseconds from the signal on. */
async function ended(child: ChildProcess, sent: number) {
  const [code, signal] = await new Promise<readonly unknown[]>((done) =>
    child.on('exit', (...how) => done(how)),
  )
  return { code, signal, ms: Date.now() - sent }
}

async function says(child: ChildProcess, pattern: RegExp): Promise<void> {
  let said = ''
  await new Promise<void>((done) =>
    child.stderr?.on('data', (part: Buffer) => {
      said += part.toString()
      if (pattern.test(said)) done()
    }),
  )
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 600 && !holds(); tries++) await new Promise((done) => setTimeout(done, 50))
  expect(holds()).toBe(true)
}

/** What a process that ended must not leave. */
function leftovers(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(^|\/)lock|\.partial$/.test(name),
  )
}

/** The last that a process did in the folder of a run was to save a checkpoint, which has all lines of the log. */
function expectSaved(out: string): void {
  const { step, log } = readProgress(at(out, 'checkpoints/last.safetensors'))
  expect(step).toBeGreaterThan(0)
  expect(log).toBe(statSync(at(out, 'metrics.jsonl')).size)
  expect(leftovers(at(out))).toEqual([])
}

function expectSameWeights(out: string): void {
  for (const model of ['T', 'S']) {
    const of = (run: string): Buffer => readFileSync(at(run, 'best', `${model}.safetensors`))
    expect(of(out).equals(of('straight'))).toBe(true)
  }
}

describe('output that goes nowhere', () => {
  it('a training whose reader closed the pipe goes on to its end', () => {
    const { stdout } = bash(
      'distill train small.distill --backend cpu --out piped 2>&1 | head -1; echo "rc $PIPESTATUS"',
    )
    expect(stdout).toMatch(/^\S+Z small\.distill -> piped .*\nrc 0\n$/)
    expect([leftovers(at('piped')), existsSync(at('piped/report.json'))]).toEqual([[], true])
    expectSameWeights('piped')
  })
  it('full disks below standard error change nothing, below standard output they are an error', () => {
    const { status, stdout } = bash(
      'distill train small.distill --backend cpu --out full 2>/dev/full; echo "rc $?"',
    )
    expect([status, stdout]).toEqual([0, expect.stringMatching(/T +small +\d[\s\S]*rc 0\n$/)])
    expectSameWeights('full')
    const results = bash('distill train small.distill --backend cpu --out fuller >/dev/full; exit $?')
    expect([results.status, results.stderr]).toEqual([3, expect.stringMatching(/error\[E1019\]: .* full/)])
    expect([leftovers(at('fuller')), existsSync(at('fuller/report.json'))]).toEqual([[], true])
    expectSameWeights('fuller')
  })
  it('other commands end quietly where the reader has gone, and with an error on a full disk', () => {
    const quiet = bash('distill explain small.distill | head -1; echo "rc $PIPESTATUS"')
    expect([quiet.stderr, quiet.stdout]).toEqual(['', expect.stringMatching(/rc 0\n$/)])
    const full = bash('distill explain small.distill >/dev/full')
    expect([full.status, full.stderr]).toEqual([3, expect.stringMatching(/^error\[E1019\]/)])
  })
})

describe('signals', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)(
    '%s saves at the next step, twice within a moment too; the exit code is %i',
    async (name, code) => {
      const out = `stopped-${name}`
      const child = start('train', 'long.distill', '--backend', 'cpu', '--out', out)
      await says(child, /learn\] step 8 /)
      child.kill(name)
      // As `timeout` and npx pass on what the terminal sends, too.
      child.kill(name)
      expect(await ended(child, Date.now())).toMatchObject({ code, signal: null })
      expectSaved(out)
    },
  )

  it('a training ends at once before its first step, and leaves nothing', async () => {
    const child = start('train', 'much.distill', '--backend', 'cpu', '--out', 'early')
    await until(() => existsSync(at('early/lock')))
    // In the reading of its data, which no signal interrupts.
    await new Promise((done) => setTimeout(done, 500))
    const sent = Date.now()
    child.kill('SIGINT')
    const { signal, ms } = await ended(child, sent)
    expect(signal).toBe('SIGINT')
    expect(ms).toBeLessThan(1000)
    expect(existsSync(at('early'))).toBe(false)
  })

  it('an end at once leaves neither lock nor half-written files, whatever the main thread does meanwhile', async () => {
    for (let round = 0; round < 12; round++) {
      const folder = at(`busy-${round}`)
      mkdirSync(folder)
      const program = resolve('test/faults/ends-at-once.ts')
      const child = spawn(process.execPath, ['--import', 'tsx', program, folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await new Promise((done) => child.stdout.once('data', done))
      await new Promise((done) => setTimeout(done, 20 * round))
      child.kill('SIGHUP')
      expect(await ended(child, 0)).toMatchObject({ signal: 'SIGHUP' })
      expect(leftovers(folder)).toEqual([])
    }
  })

  it('a training ends at once while the reference computes its first steps', async () => {
    const child = start('train', 'slow.distill', '--backend', 'cpu', '--verify-start', '--out', 'verified')
    await says(child, /learn\] 3,200 steps/)
    await new Promise((done) => setTimeout(done, 300))
    const sent = Date.now()
    child.kill('SIGINT')
    const { signal, ms } = await ended(child, sent)
    expect(signal).toBe('SIGINT')
    expect(ms).toBeLessThan(1000)
    expect(leftovers(at('verified'))).toEqual([])
  })

  it.each([
    ['data', 'much.distill'],
    ['explain', 'much.distill'],
  ])('%s ends at once', async (...words) => {
    const child = start(...words)
    await new Promise((done) => setTimeout(done, 1500))
    expect(child.exitCode).toBe(null)
    const sent = Date.now()
    child.kill('SIGINT')
    const { signal, ms } = await ended(child, sent)
    expect([signal, ms < 1000]).toEqual(['SIGINT', true])
  })
})

describe('in a terminal', () => {
  const command = (out: string, spec: string, backend: string): string[] => [
    'sh',
    '-c',
    `trap : INT; cd ${home}; ${process.execPath} ${tool} train ${spec} --backend ${backend} --out ${out}; echo "rc $?"; while :; do sleep 100; done`,
  ]

  // Of the clock: on a machine that does other work it may take longer once.
  it('Ctrl-C is answered within a second, in the middle of a long step; a second one ends at once', {
    retry: 2,
  }, async ({ task }) => {
    const out = `answered-${task.result?.retryCount ?? 0}`
    const terminal = openTerminal(command(out, 'slow.distill', 'reference'), 100, 30)
    try {
      await terminal.shows('step/s')
      const sent = Date.now()
      terminal.press('C-c')
      await terminal.shows('stopping after this step; Ctrl-C again ends at once')
      expect(Date.now() - sent).toBeLessThan(1200)
      terminal.press('C-c')
      const screen = await terminal.shows('rc ')
      expect(screen).toMatch(
        /(stopped; continue with: distill train slow\.distill --resume --out answered-|saved at step)[\s\S]*rc 130/,
      )
    } finally {
      terminal.close()
    }
    expect(leftovers(at(out))).toEqual([])
  })

  it('a closed terminal stops a training, which is saved', async () => {
    const terminal = openTerminal(command('closed', 'long.distill', 'cpu'), 90, 30)
    await terminal.shows('step ')
    await until(() => existsSync(at('closed/checkpoints/last.safetensors')))
    terminal.close()
    await until(() => !existsSync(at('closed/lock')))
    expectSaved('closed')
  })
})
