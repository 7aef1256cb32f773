/**
 * `npx tsx bench/leak.ts [--backends native,wasm] [--steps 2000]`: whether training leaves something behind. For each backend a process of its own: what it holds after a tenth of the steps and
 * after all of them, and how it ends. Fails where memory grows or a process does not end well.
 */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { type Held, notUsable } from './leak/held.ts'

const { values } = parseArgs({
  options: {
    backends: { type: 'string', default: 'onnxruntime,native,wasm,tensorflow,webgpu' },
    steps: { type: 'string', default: '2000' },
  },
})
/** The garbage collector's own room: growth that is no leak. */
const slack = 0.05
const child = new URL('leak/child.ts', import.meta.url).pathname
const MiB = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`

process.stdout.write(
  `| backend | steps | the process holds | the runner holds | growth |\n|---|---|---|---|---|\n`,
)
for (const backend of values.backends.split(',')) {
  const run = spawnSync(process.execPath, ['--expose-gc', '--import', 'tsx', child, backend, values.steps], {
    encoding: 'utf8',
  })
  if (run.status === notUsable) {
    process.stdout.write(`| ${backend} | not usable: ${run.stderr.trim()} | | | |\n`)
    continue
  }
  if (run.status !== 0 || run.signal !== null) {
    process.stdout.write(
      `| ${backend} | ended with ${run.signal ?? run.status}: ${run.stderr.trim()} | | | |\n`,
    )
    process.exitCode = 1
    continue
  }
  const [before, after]: readonly (Held | undefined)[] = JSON.parse(run.stdout)
  if (before === undefined || after === undefined) throw new Error(`${backend}: too few steps`)
  const growth = after.resident / before.resident - 1
  if (growth > slack || after.memory.bytes > before.memory.bytes) process.exitCode = 1
  for (const { step, resident, memory } of [before, after]) {
    const grown = step === after.step ? `${(100 * growth).toFixed(1)}%` : ''
    process.stdout.write(
      `| ${backend} | ${step} | ${MiB(resident)} | ${memory.tensors} values, ${MiB(memory.bytes)} | ${grown} |\n`,
    )
  }
}
