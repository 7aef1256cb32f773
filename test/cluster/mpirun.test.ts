/** Trainings under `mpirun`: the same weights and the same log for every number of ranks, also after one was lost. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { reportOf } from '../../src/library/report.ts'
import { type Balance, balancesOf } from '../../src/train/ranks/balance.ts'
import { RunFolder } from '../../src/train/run-folder.ts'
import { standingOf } from '../required.ts'
import { describeStanding } from '../run/describe-standing.ts'
import { writeAhead } from './ahead-spec.ts'
import { type Launcher, leftOf, processesOf, start, writeSpec } from './ranks.ts'

const folder = mkdtempSync(join(tmpdir(), 'mpirun-'))
const long = mkdtempSync(join(tmpdir(), 'mpirun-'))
const ahead = mkdtempSync(join(tmpdir(), 'mpirun-'))
writeAhead(ahead)
const recordsOf = (out: string, stage: string): Buffer =>
  readFileSync(join(ahead, out, 'frozen', `${stage}.records`))
afterAll(() => {
  for (const one of [folder, long, ahead]) rmSync(one, { recursive: true })
})
const four = ['--backend', 'wasm', '--parts', '4']

beforeAll(async () => {
  writeSpec(folder)
  writeSpec(long, 60)
  for (const one of [folder, long]) {
    const { code, text } = await start({ folder: one, out: 'alone', words: four }).ended
    expect(code, text).toBe(0)
  }
})

async function sameAsAlone(place: string, out: string): Promise<void> {
  const [own, alone] = [leftOf(join(place, out)), leftOf(join(place, 'alone'))]
  expect(own.log).toEqual(alone.log)
  expect(own.weights).toBe(alone.weights)
}

/** Each stage has a row for each rank, and their parts, examples and times are those of whole steps. */
function expectBalances(run: string, size: number, text: string): void {
  const balances = balancesIn(run)
  expect(balances.map(({ stage }) => stage)).toEqual(['pretrain', 'learn', 'distil'])
  for (const { stage, steps, ranks } of balances) {
    expect(ranks.map(({ rank }) => rank)).toEqual(Array.from({ length: size }, (_, k) => k))
    const sum = (of: (one: (typeof ranks)[number]) => number): number =>
      ranks.reduce((all, one) => all + of(one), 0)
    expect(sum(({ parts }) => parts)).toBe(4)
    // Of two epochs of 35 examples, without the first step, which may have the three that are left over.
    expect([3, stage === 'pretrain' ? 16 : 8]).toContain(70 - sum(({ examples }) => examples))
    expect(steps).toBe(stage === 'pretrain' ? 5 : 9)
    const seconds = ranks.map((one) => one.computing + one.waiting + one.communicating)
    expect(Math.min(...seconds)).toBeGreaterThan(0)
    expect(Math.max(...seconds) - Math.min(...seconds)).toBeLessThan(0.5)
    for (const one of ranks) {
      expect(Math.min(one.computing, one.waiting, one.communicating)).toBeGreaterThanOrEqual(0)
      expect(one.tokens > 0).toBe(one.parts > 0)
    }
  }
  expect(text).toMatch(new RegExp(`  ${size} ranks: [\\d,]+ tok/s   \\d+% communication`))
  expect(reportOf([run], { texts: false }).runs[0]?.ranks).toHaveLength(3)
}

const balancesIn = (run: string): readonly Balance[] => balancesOf(new RunFolder(run).readLog())

function hasBeenKilled(out: string): boolean {
  const log = join(long, out, 'metrics.jsonl')
  return existsSync(log) && !readFileSync(log, 'utf8').includes('"event":"finished"')
}

/** SHA-256 of the weights of runs with gradients in bf16. */
const inBf16 = new Set<string>()
const launchers: readonly Launcher[] = ['openmpi', 'mpich']
for (const launcher of launchers)
  describeStanding(`ranks of ${launcher}`, await standingOf(launcher), () => {
    it.each([1, 2, 3, 4])('%i of them end with the weights and the log of one process', async (ranks) => {
      const out = `${launcher}-${ranks}`
      const { code, text } = await start({ folder, out, launcher, ranks, words: four }).ended
      expect(code, text).toBe(0)
      expect(text).toContain(`${ranks} ranks by`.replace('1 ranks by', ''))
      await sameAsAlone(folder, out)
      // Rank 0 alone prints the table; the others have logs.
      expect(text.match(/most frequent class/g)).toHaveLength(1)
      if (ranks > 1) expectBalances(join(folder, out), ranks, text)
      if (ranks > 1)
        expect(readdirSync(join(folder, out, 'ranks')).sort()).toEqual(
          Array.from({ length: ranks - 1 }, (_, k) => `${k + 1}.log`),
        )
    })

    it('that are started anew after one was killed end so, too, with another number of ranks', async () => {
      let out = ''
      // On a busy machine a training may be over before its output has come through the launcher.
      for (let k = 0; k < 3 && !hasBeenKilled(out); k++) {
        out = `${launcher}-killed-${k}`
        const training = start({ folder: long, out, launcher, ranks: 2, words: four })
        await training.says(/learn\] step 10 /)
        process.kill(processesOf(training.launcher)[1] ?? 0, 'SIGKILL')
        await training.ended
      }
      expect(hasBeenKilled(out)).toBe(true)
      const { code, text } = await start({
        folder: long,
        out,
        launcher,
        ranks: 4,
        words: [...four, '--resume'],
      }).ended
      expect(code, text).toBe(0)
      await sameAsAlone(long, out)
      // What the ranks before had logged up to the last checkpoint stays.
      const numbers = balancesIn(join(long, out)).map(({ ranks }) => ranks.length)
      expect(numbers).toContain(4)
      expect(numbers.every((count) => count === 2 || count === 4)).toBe(true)
    }, 120_000)

    it('end where one does not answer, and name it', async () => {
      const out = `${launcher}-stopped`
      const words = [...four, '--deadline', '3']
      const training = start({ folder: long, out, launcher, ranks: 2, words })
      await training.says(/learn\] step 10 /)
      const [, second = 0] = processesOf(training.launcher)
      process.kill(second, 'SIGSTOP')
      const since = Date.now()
      const { code, text } = await training.ended
      expect(Date.now() - since).toBeLessThan(15_000)
      expect(code).not.toBe(0)
      expect(text).toMatch(/error\[E1021\]: rank 1 on \S+ did not send .* for \d+ s/)
      // The launcher ends it, a moment later.
      await vi.waitFor(() => expect(existsSync(`/proc/${second}`)).toBe(false), 10_000)
    })

    it('stop together at Ctrl-C, and rank 0 saves', async () => {
      const out = `${launcher}-interrupted`
      const training = start({ folder: long, out, launcher, ranks: 2, words: four })
      await training.says(/learn\] step 10 /)
      for (const pid of processesOf(training.launcher)) process.kill(pid, 'SIGINT')
      const { text } = await training.ended
      expect(text).toMatch(/saved at step \d+ of stage learn; continue with: distill train/)
      expect(existsSync(join(long, out, 'lock'))).toBe(false)
    })

    it('compute the records of one process, and train on them', async () => {
      const words = ['--backend', 'wasm', '--random-weights']
      const records = { folder: ahead, command: 'records', words } as const
      expect((await start({ ...records, out: `${launcher}-1` }).ended).code).toBe(0)
      for (const ranks of [2, 3]) {
        const out = `${launcher}-${ranks}`
        const { code, text } = await start({ ...records, out, launcher, ranks }).ended
        expect(code, text).toBe(0)
        expect(text.match(/train on them with: distill train spec\.distill --resume --out/g)).toHaveLength(1)
        for (const stage of ['warm', 'later'])
          expect(recordsOf(out, stage)).toEqual(recordsOf(`${launcher}-1`, stage))
      }
      // Records of one process, for a training by two.
      const asked = { folder: ahead, out: `${launcher}-1`, launcher, ranks: 2, words: ['--resume'] }
      const { code, text } = await start(asked).ended
      expect(code, text).toBe(0)
      expect(text).toMatch(/stage later: records of 35 of 35 examples were in the run folder/)
      const alone = ['--backend', 'wasm', '--random-weights', '--parts', '8']
      await start({ folder: ahead, out: `${launcher}-alone`, words: alone }).ended
      expect(leftOf(join(ahead, `${launcher}-1`))).toEqual(leftOf(join(ahead, `${launcher}-alone`)))
    })

    it('send gradients in bf16, which gives other weights and is told', async () => {
      const out = `${launcher}-bf16`
      const asked = { folder, out, launcher, ranks: 2 }
      const { code, text } = await start({ ...asked, words: [...four, '--wire', 'bf16'] }).ended
      expect(code, text).toBe(0)
      expect(text).toMatch(/gradients travel in bf16: the weights have other bits with another number/)
      const { weights } = leftOf(join(folder, out))
      expect(weights).not.toBe(leftOf(join(folder, 'alone')).weights)
      // Both libraries give the same; the run keeps the flag.
      inBf16.add(weights)
      expect(inBf16.size).toBe(1)
      const other = await start({ ...asked, words: [...four, '--resume', '--wire', 'float32'] }).ended
      expect(other.text).toMatch(/error\[E1002\].*--wire was bf16, is float32/s)
    })

    it('say what is wrong once', async () => {
      const words = ['--backend', 'wasm', '--set', 'nothing=1']
      const { code, text } = await start({ folder, out: `${launcher}-wrong`, launcher, ranks: 2, words })
        .ended
      expect(code).not.toBe(0)
      expect(text.match(/error\[E\d+\]/g)).toHaveLength(1)
    })
  })

it('one process logs no times of ranks', () => {
  expect(balancesIn(join(folder, 'alone'))).toEqual([])
  expect(reportOf([join(folder, 'alone')], { texts: false }).runs[0]?.ranks).toEqual([])
})

it('another number of parts gives other bits: the comparison would see them', async () => {
  const words = ['--backend', 'wasm', '--parts', '8']
  expect((await start({ folder, out: 'eight', words }).ended).code).toBe(0)
  expect(leftOf(join(folder, 'eight')).weights).not.toBe(leftOf(join(folder, 'alone')).weights)
  expect(JSON.parse(readFileSync(join(folder, 'eight/config.json'), 'utf8')).parts).toBe(8)
})
