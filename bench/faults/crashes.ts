/**
 * Every fault at every file operation of a run, and chains of them: `tsx bench/faults/crashes.ts [BACKEND]
 * [CASES] [MINUTES]`. The cases come in an order that is random and always the same, so a part of them is a
 * sample. test/faults/crash-cases.ts says what must hold.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { casesOf, nameOf, problemOf, sampled, undisturbed } from '../../test/faults/crash-cases.ts'
import { specIn } from '../../test/faults/simulated-run.ts'

const [, , backend = 'cpu', count = 'Infinity', minutes = 'Infinity'] = process.argv
const folder = mkdtempSync(join(tmpdir(), 'crashes-'))
const subject = { program: specIn(folder), backend }
const { operations, left } = await undisturbed(subject)
const cases = sampled(casesOf(operations), Number(count), 1)
const changing = operations.filter(({ changes }) => changes).length
console.log(
  `${backend}: ${operations.length} operations, ${changing} change something; ${cases.length} cases`,
)
const since = performance.now()
const isOver = (): boolean => performance.now() - since > 60_000 * Number(minutes)

const done = new Map<string, number>()
let wrong = 0
for (const one of cases) {
  if (isOver()) break
  const problem = await problemOf([one], subject, left)
  const kind = one.how.kind === 'errno' ? one.how.code : one.how.kind
  done.set(kind, (done.get(kind) ?? 0) + 1)
  if (problem === undefined) continue
  wrong++
  console.log(`${nameOf(one)}: ${problem}`)
}
const chained = cases.filter(({ how }) => how.kind !== 'errno')
let chains = 0
for (; 3 * chains + 3 <= chained.length && chains < cases.length / 20 && !isOver(); chains++) {
  const chain = chained.slice(3 * chains, 3 * chains + 3)
  const problem = await problemOf(chain, subject, left)
  if (problem === undefined) continue
  wrong++
  console.log(`${chain.map(nameOf).join(', then ')}: ${problem}`)
}
const kinds = [...done].map(([kind, times]) => `${kind} ${times}`).join(', ')
const seconds = ((performance.now() - since) / 1000).toFixed(0)
console.log(`${kinds}, chains of three ${chains}: ${wrong} wrong, ${seconds} s`)
rmSync(folder, { recursive: true })
process.exit(wrong === 0 ? 0 : 1)
