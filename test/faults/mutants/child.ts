/** `child.ts TARGET FROM TO FOLDER`: tries mutants one by one, and prints `NUMBER<tab>PROBLEM` of each that fails. */
import { openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { ParsedFiles } from '../../../src/check/files.ts'
import { errorText } from '../../../src/diagnostics/error-text.ts'
import { peakMegabytes } from '../../peak-memory.ts'
import { Draws } from './draws.ts'
import { most, type Target } from './rounds.ts'

const [target = '', from = '', to = '', folder = ''] = process.argv.slice(2)

const tries: Readonly<Record<Target, () => Promise<(draws: Draws) => void>>> = {
  specs: async () => {
    const [{ specMutant }, { trySpec }] = await Promise.all([
      import('./spec-mutant.ts'),
      import('./spec-target.ts'),
    ])
    const parsed: ParsedFiles = new Map()
    return (draws) => trySpec(specMutant(draws), draws.below(4) === 0, parsed)
  },
  files: async () => {
    const { tryFile } = await import('./file-target.ts')
    return (draws) => tryFile(draws, folder)
  },
}

function isTarget(name: string): name is Target {
  return Object.hasOwn(tries, name)
}

const say = (mutant: number, problem: string): void =>
  void writeSync(1, `${mutant}\t${problem.replaceAll('\n', ' | ')}\n`)

if (!isTarget(target)) throw new RangeError(`no target ${target}`)
const attempt = await tries[target]()
const place = openSync(join(folder, 'at'), 'r+')
// Code is compiled in the first rounds, which takes time of its own.
const warm = Number(from) + 50
for (let mutant = Number(from); mutant < Number(to); mutant++) {
  writeSync(place, String(mutant), 0)
  const before = process.cpuUsage()
  try {
    attempt(new Draws(mutant))
  } catch (error) {
    say(mutant, error instanceof Error ? `${error.name}: ${error.message}` : errorText(error))
  }
  const { user, system } = process.cpuUsage(before)
  const seconds = (user + system) / 1e6
  if (mutant > warm && seconds > most.processorSeconds) say(mutant, `${seconds.toFixed(1)} s of a processor`)
  // The process must end: the most that it ever held would be found of each later mutant too.
  if (peakMegabytes() > most.megabytes) process.exit(70)
}
