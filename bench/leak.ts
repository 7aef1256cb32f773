/**
 * `npx tsx bench/leak.ts [--backends native,wasm] [--steps 2000] [--model demo] [--seconds 600]`: whether
 * training leaves something behind. For each backend a process of its own: what it holds after a tenth of the
 * steps and after all of them, and the slope between with its standard error. Fails where memory grows or a
 * process does not end well.
 */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { type Held, models, notUsable, slopeOf } from './leak/held.ts'

const { values } = parseArgs({
  options: {
    backends: { type: 'string', default: 'onnxruntime,native,wasm,cpu,tensorflow,webgpu' },
    steps: { type: 'string', default: '2000' },
    model: { type: 'string', default: 'demo' },
    seconds: { type: 'string', default: 'Infinity' },
  },
})
if (!Object.hasOwn(models, values.model)) throw new Error(`--model: ${Object.keys(models).join(' or ')}`)
/** The garbage collector's own room: growth that is no leak. */
const slack = 0.05
const child = new URL('leak/child.ts', import.meta.url).pathname
const MiB = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`

process.stdout.write(
  '| backend | steps | the process holds | the runner holds | growth | bytes a step |\n|---|---|---|---|---|---|\n',
)
for (const backend of values.backends.split(',')) {
  const given = [backend, values.steps, 'end', values.model, values.seconds]
  const run = spawnSync(process.execPath, ['--expose-gc', '--import', 'tsx', child, ...given], {
    encoding: 'utf8',
  })
  if (run.status === notUsable) {
    process.stdout.write(`| ${backend} | not usable: ${run.stderr.trim()} | | | | |\n`)
    continue
  }
  if (run.status !== 0 || run.signal !== null) {
    process.stdout.write(
      `| ${backend} | ended with ${run.signal ?? run.status}: ${run.stderr.trim()} | | | | |\n`,
    )
    process.exitCode = 1
    continue
  }
  const held: readonly Held[] = JSON.parse(run.stdout)
  const [before, after] = [held[0], held.at(-1)]
  if (before === undefined || after === undefined || before === after)
    throw new Error(`${backend}: too few steps`)
  const growth = after.resident / before.resident - 1
  const { slope, error } = slopeOf(held)
  if (growth > slack || after.memory.bytes > before.memory.bytes) process.exitCode = 1
  for (const { step, resident, memory } of [before, after]) {
    const grown = step === after.step ? `${(100 * growth).toFixed(1)}%` : ''
    const sloped = step === after.step ? `${slope.toFixed(1)} ± ${error.toFixed(1)}` : ''
    process.stdout.write(
      `| ${backend} | ${step} | ${MiB(resident)} | ${memory.tensors} values, ${MiB(memory.bytes)} | ${grown} | ${sloped} |\n`,
    )
  }
}
