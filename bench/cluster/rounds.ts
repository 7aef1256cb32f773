/**
 * Trainings on several machines, which are network namespaces with a slow link that loses packets. First, whole ones
 * of 2 to 4 ranks. Then rounds: at a random moment a rank is killed, stopped or cut off; the training must end
 * within its deadline, and is resumed on another number of ranks. Weights and log must always be those of one
 * process. Needs root:
 *
 *   npx tsx bench/cluster/rounds.ts [--rounds 100] [--seed 1] [--rate 200mbit] [--loss 1]
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Launcher, leftOf, start, writeSpec } from '../../test/cluster/ranks.ts'
import { Draws } from '../../test/faults/mutants/draws.ts'
import * as machines from './machines.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    rate: { type: 'string', default: '200mbit' },
    loss: { type: 'string', default: '1' },
  },
})
const count = 4
/** Seconds that a rank may be silent, and that all have to end then. */
const deadline = 5
const grace = 25
const launchers: readonly Launcher[] = ['openmpi', 'mpich']
const folder = mkdtempSync(join(tmpdir(), 'machines-'))
const words = ['--backend', 'wasm', '--parts', '4', '--deadline', String(deadline)]
const allMachines = Array.from({ length: count }, (_, k) => k + 1)
const draws = new Draws(Number(values.seed))
let wrong = 0

function fail(what: string): void {
  wrong++
  console.log(what)
}

function compare(out: string): void {
  const [own, alone] = [leftOf(join(folder, out)), leftOf(join(folder, 'alone'))]
  if (own.weights !== alone.weights) fail(`${out}: other weights`)
  if (own.log.join('\n') !== alone.log.join('\n')) fail(`${out}: another log`)
}

/** The processes of a machine. */
function processesOn(machine: number): readonly number[] {
  const text = execFileSync('ip', ['netns', 'pids', `distill-${machine}`], { encoding: 'utf8' })
  return text.split('\n').filter(Boolean).map(Number)
}

/** Ranks only: launchers of a machine stay. */
function ranksOn(machine: number): readonly number[] {
  return processesOn(machine).filter((pid) => {
    try {
      return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).includes(
        'distill.js train',
      )
    } catch {
      return false
    }
  })
}

async function wholeRun(launcher: Launcher, size: number): Promise<void> {
  const out = `${launcher}-${size}`
  const launching = machines.launching(launcher, allMachines.slice(0, size))
  const { code, text } = await start({ folder, out, launching, words }).ended
  if (code !== 0) fail(`${out}: ended with ${code}\n${text}`)
  else compare(out)
}

const faults = ['killed', 'stopped', 'cut off'] as const

async function round(number: number): Promise<string> {
  const launcher = draws.of(launchers)
  const size = 2 + draws.below(count - 1)
  const [lost, how] = [1 + draws.below(size), draws.of(faults)]
  const out = `round-${number}`
  const launching = machines.launching(launcher, allMachines.slice(0, size))
  const training = start({ folder, out, launching, words })
  await training.says(/learn\] step \d/)
  await setTimeout(draws.below(2000))
  const ranks = ranksOn(lost)
  if (how === 'cut off') machines.connect(lost, false)
  else for (const pid of ranks) process.kill(pid, how === 'killed' ? 'SIGKILL' : 'SIGSTOP')
  const since = Date.now()
  const isLate = (): boolean => Date.now() - since > 1000 * (deadline + grace)
  while (!isLate() && allMachines.flatMap(ranksOn).length > 0) await setTimeout(200)
  const seconds = ((Date.now() - since) / 1000).toFixed(1)
  const left = allMachines.flatMap(ranksOn).length
  if (left > 0) fail(`${out}: ${left} ranks are left after ${seconds} s`)
  // Over a cut link the launcher of Open MPI waits for minutes.
  const ended = await Promise.race([training.ended, setTimeout(2000)])
  if (ended === undefined) training.launcher.kill('SIGKILL')
  machines.connect(lost, true)
  for (const pid of allMachines.flatMap(processesOn)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {}
  }
  // A port of a bridge takes part again after a moment.
  await setTimeout(2000)
  const again = 1 + draws.below(count)
  const resumed = await start({
    folder,
    out,
    launching: machines.launching(launcher, allMachines.slice(0, again)),
    words: [...words, '--resume'],
  }).ended
  if (resumed.code !== 0) fail(`${out}: not continued\n${resumed.text}`)
  else compare(out)
  const waits = ended === undefined ? ', its launcher waits on' : ''
  return `${launcher}, rank on machine ${lost} of ${size} ${how}: ended in ${seconds} s${waits}, continued by ${again}`
}

writeSpec(folder, 12)
try {
  machines.start(count, { rate: values.rate, loss: Number(values.loss) })
  const alone = await start({ folder, out: 'alone', words }).ended
  if (alone.code !== 0) throw new Error(alone.text)
  for (const launcher of launchers) for (let size = 2; size <= count; size++) await wholeRun(launcher, size)
  console.log(`whole trainings of 2 to ${count} ranks: ${wrong} wrong`)
  for (let number = 1; number <= Number(values.rounds); number++)
    console.log(`${number}: ${await round(number)}; ${wrong} wrong`)
} finally {
  machines.stop(count)
}
if (wrong === 0) rmSync(folder, { recursive: true })
process.exit(wrong === 0 ? 0 : 1)
