/**
 * From the text of a spec to its plans: `npx tsx bench/compile-time.ts` after `npm run build`. First whole cold processes for TinyBERT of the published size, all its
 * stages; then, within one process, how the parts grow with the number of layers.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { differentiate } from '../src/differentiate/differentiate.ts'
import { checkFile } from '../src/disk/check-file.ts'
import { ops } from '../src/graph/ops/index.ts'
import { compileStage } from '../src/lower/stage.ts'
import { stageSizes } from '../src/lower/stage-sizes.ts'
import { planStep } from '../src/plan/plan.ts'
import { printPlan } from '../src/plan/print.ts'
import { largeSpecs } from './large-specs.ts'

const root = new URL('..', import.meta.url).pathname
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** The result of a function and how long it took. */
function timed<T>(run: () => T): readonly [T, number] {
  const start = performance.now()
  const result = run()
  return [result, performance.now() - start]
}

const [plans, cold] = timed(() => {
  const { program } = checkFile(join(root, 'specs/tinybert-4.distill'))
  return program?.stages.map((stage) =>
    planStep(compileStage(program, stage).step, stageSizes(program, stage)),
  )
})
say(`tinybert-4, ${plans?.length} stages from text to plan, first in this process: ${cold.toFixed(0)} ms\n`)
say('cold process, of 7: median, least, most')
for (const command of [
  ['--version'],
  ['check', 'specs/tinybert-4.distill'],
  ['explain', 'specs/tinybert-4.distill'],
  ['compile', 'specs/tinybert-4.distill', '--emit', 'plan'],
]) {
  const once = (): number =>
    timed(() =>
      execFileSync(process.execPath, [join(root, 'dist/distill.js'), ...command], {
        cwd: root,
        stdio: 'ignore',
      }),
    )[1]
  const times = Array.from({ length: 7 }, once)
  const [middle, least, most] = [median(times), Math.min(...times), Math.max(...times)].map((t) =>
    t.toFixed(0),
  )
  say(`  distill ${command.join(' ').padEnd(46)} ${middle} ms   ${least}   ${most}`)
}

say('\nlayers of teacher and student: milliseconds of each part, the best of 3 (passes are in lower)')
say('  layers  nodes  check  lower + differentiate  differentiate  plan  print')
for (const layers of [12, 24, 48, 96]) {
  const best = [1, 2, 3].map(() => {
    const reader = (path: string) => (path.endsWith('deep.distill') ? largeSpecs.layers(layers) : undefined)
    const [{ program, diagnostics }, check] = timed(() => checkFile('deep.distill', { reader }))
    const [stage] = program?.stages ?? []
    if (program === undefined || stage === undefined) throw new Error(JSON.stringify(diagnostics, null, 1))
    const [graphs, lower] = timed(() => compileStage(program, stage))
    const [, gradient] = timed(() => differentiate(graphs.forward, 'total', stage.trained, ops))
    const [plan, planned] = timed(() => planStep(graphs.step, stageSizes(program, stage)))
    const [, printed] = timed(() => printPlan(plan, graphs.names))
    return { nodes: graphs.step.nodes.length, times: [check, lower, gradient, planned, printed] }
  })
  const columns = [0, 1, 2, 3, 4].map((part) =>
    Math.min(...best.map(({ times }) => times[part] ?? Number.NaN)),
  )
  const text = columns.map((t, i) => t.toFixed(0).padStart([5, 21, 13, 4, 5][i] ?? 5)).join('  ')
  say(`  ${String(layers).padStart(6)}  ${String(best[0]?.nodes ?? 0).padStart(5)}  ${text}`)
}
