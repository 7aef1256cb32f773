/**
 * `npx tsx bench/faults/sanitize.ts [--calls 1000000] [--seed 1] [--threading own]`: calls the kernels in C with
 * random and extreme shapes and values under AddressSanitizer and UndefinedBehaviorSanitizer, and prints how
 * many calls each kernel had. Fails at the first report. Needs gcc with both sanitizers, on Linux.
 */
import { parseArgs } from 'node:util'
import { sanitized } from './sanitize/sanitized.ts'

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    threading: { type: 'string', default: 'own' },
  },
})
const run = await sanitized(Number(values.calls), {
  seed: Number(values.seed),
  threading: values.threading === 'caller' ? 'caller' : 'own',
})
if (run.status !== 0 || run.told === undefined) {
  process.stderr.write(run.stderr)
  process.exitCode = 1
} else {
  const { kernels, refused } = run.told
  const sum = Object.values(kernels).reduce((total, calls) => total + calls, 0)
  for (const [name, calls] of Object.entries(kernels).sort()) process.stdout.write(`${name} ${calls}\n`)
  process.stdout.write(
    `${sum} calls of ${Object.keys(kernels).length} kernels, ${refused} refused by their binder\n`,
  )
}
