/**
 * Random specs in any number: `npm run differential -- --seed 1000 --count 5000 [--backend wasm]`. Prints each spec of which two ways disagree, with its seed, and ends
 * with 1 if there was one.
 */
import { parseArgs } from 'node:util'
import { errorText } from '../../../src/diagnostics/error-text.ts'
import { compareWays } from './compare.ts'
import { randomSpec } from './random-spec.ts'
import { closeWays, openWays, waysOf } from './ways.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1000' },
    count: { type: 'string', default: '1000' },
    backend: { type: 'string', multiple: true },
  },
})
const [first, count] = [Number(values.seed), Number(values.count)]
if (!Number.isInteger(first) || !Number.isInteger(count) || count < 1) {
  console.error('--seed and --count are whole numbers, as in --seed 1000 --count 5000')
  process.exit(2)
}
const ways = await openWays(values.backend)
console.log(
  `${count} specs from seed ${first} on ${['reference', ...ways.map(({ name }) => name)].join(', ')}`,
)
let failed = 0
for (let seed = first; seed < first + count; seed++) {
  const problems = problemsOf(seed)
  if (problems.length > 0) {
    failed++
    console.log(
      [`seed ${seed}`, ...problems.map((line) => `  ${line}`), '', randomSpec(seed).text].join('\n'),
    )
  }
  if ((seed - first + 1) % 100 === 0) console.log(`${seed - first + 1} done, ${failed} failed`)
}
console.log(failed === 0 ? 'all agree' : `${failed} of ${count} do not agree`)
closeWays(ways)
process.exitCode = failed === 0 ? 0 : 1

function problemsOf(seed: number): readonly string[] {
  try {
    return compareWays(randomSpec(seed), waysOf(ways, seed)).differences
  } catch (error) {
    return [errorText(error)]
  }
}
