/**
 * SHA-256 of the weights by ranks, backend and MPI: equal to that of one process with the same parts, and so is the
 * log but for fields of time. A training with other parts must differ, or the comparison would see nothing.
 *
 *   npx tsx bench/cluster/bits.ts [--backends native,onnxruntime,wasm] [--ranks 1,2,3,4,8] [--launchers openmpi,mpich]
 *
 * Needs both launchers and the built tool (npm run build). It exits with 1 where anything is unequal.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Asked, type Launcher, leftOf, start, writeSpec } from '../../test/cluster/ranks.ts'

const { values } = parseArgs({
  options: {
    backends: { type: 'string', default: 'native,onnxruntime,wasm' },
    ranks: { type: 'string', default: '1,2,3,4,8' },
    launchers: { type: 'string', default: 'openmpi,mpich' },
  },
})
const backends = values.backends.split(',')
const sizes = values.ranks.split(',').map(Number)
const known: readonly Launcher[] = ['openmpi', 'mpich']
const launchers = known.filter((launcher) => values.launchers.split(',').includes(launcher))
const folder = mkdtempSync(join(tmpdir(), 'bits-'))
const [parts, otherParts] = [8, 4]

type Left = ReturnType<typeof leftOf>

async function train(backend: string, cut: number, asked: Partial<Asked> = {}): Promise<Left> {
  const out = [backend, cut, asked.launcher ?? 'alone', asked.ranks ?? 1].join('-')
  const words = ['--backend', backend, '--parts', String(cut)]
  const { code, text } = await start({ folder, out, words, ...asked }).ended
  if (code !== 0) throw new Error(`${out} ended with ${code}:\n${text}`)
  return leftOf(join(folder, out))
}

function show(...cells: readonly (string | number)[]): void {
  console.log(`| ${cells.join(' | ')} |`)
}

/** Prints the rows of a backend. Returns how many are not as they must be. */
async function compare(backend: string): Promise<number> {
  const alone = await train(backend, parts)
  let wrong = 0
  const row = (by: string, ranks: number, cut: number, own: Left): void => {
    const weights = own.weights === alone.weights
    const log = own.log.join('\n') === alone.log.join('\n')
    if (cut === parts ? !(weights && log) : weights || log) wrong++
    const compared = [weights, log].map((same) => (same ? 'equal' : 'unequal'))
    show(backend, by, ranks, cut, own.weights.slice(0, 16), ...compared)
  }
  show(backend, 'one process', 1, parts, alone.weights.slice(0, 16), '', '')
  for (const launcher of launchers)
    for (const ranks of sizes) row(launcher, ranks, parts, await train(backend, parts, { launcher, ranks }))
  row('one process, control', 1, otherParts, await train(backend, otherParts))
  return wrong
}

writeSpec(folder)
show('backend', 'started by', 'ranks', 'parts', 'SHA-256 of weights', 'weights', 'log')
show(...Array.from({ length: 7 }, () => '---'))
let wrong = 0
for (const backend of backends) wrong += await compare(backend)
console.log(`\n${wrong} not as they must be`)
if (wrong === 0) rmSync(folder, { recursive: true })
process.exit(wrong === 0 ? 0 : 1)
