/** The command of a long round of mutants: its flags, its progress, and its exit code, 1 where anything was found. */
import { parseArgs } from 'node:util'
import { runRounds, type Target } from '../../test/faults/mutants/rounds.ts'

/** Mutants between two lines of progress. */
const often = 10_000

export async function mutate(target: Target): Promise<void> {
  const { values } = parseArgs({
    options: { from: { type: 'string', default: '0' }, to: { type: 'string', default: '1000000' } },
  })
  const [from, to] = [Number(values.from), Number(values.to)]
  const began = performance.now()
  let [findings, said] = [0, from]
  const seconds = (): string => ((performance.now() - began) / 1000).toFixed(0)
  await runRounds({
    target,
    from,
    to,
    found: ({ mutant, problem }) => {
      findings++
      process.stdout.write(`mutant ${mutant}: ${problem}\n`)
    },
    reached: (mutant) => {
      if (mutant < said + often) return
      said = mutant
      process.stdout.write(`${mutant - from} ${target} in ${seconds()} s, ${findings} findings\n`)
    },
  })
  process.stdout.write(`${to - from} ${target} in ${seconds()} s, ${findings} findings\n`)
  if (findings > 0) process.exitCode = 1
}
