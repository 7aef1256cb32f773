/**
 * Every shipped spec but the demo at published model size with drawn weights: `npx tsx bench/published.ts [--spec NAME ...] [--backend NAME]`. Each stage takes two steps of one micro-batch in a
 * process of its own, and its time and memory are written into docs/performance.md. Of a family of stages the first and the last.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Stage } from '../src/check/program.ts'
import { programOf } from '../test/lower/spec-run.ts'
import type { PublishedStage } from './published/child.ts'

const { values } = parseArgs({
  options: {
    spec: { type: 'string', multiple: true },
    backend: { type: 'string', default: 'auto' },
  },
})
const root = new URL('..', import.meta.url).pathname
const [begin, end] = ['<!-- bench:published -->', '<!-- /bench:published -->']
const page = join(root, 'docs/performance.md')

const specs = readdirSync(join(root, 'specs'))
  .filter((file) => file.endsWith('.distill') && file !== 'demo.distill')
  .map((file) => basename(file, '.distill'))
for (const name of values.spec ?? []) if (!specs.includes(name)) throw new Error(`no spec ${name}`)

/** All stages; of a family the first and the last, which has all that the others have. */
function stagesOf(spec: string): readonly Stage[] {
  const { stages } = programOf({ path: join(root, 'specs', `${spec}.distill`) })
  return stages.filter(({ family }, i) => {
    const same = (other: Stage | undefined): boolean => other?.family?.name === family?.name
    return family === undefined || !same(stages[i - 1]) || !same(stages[i + 1])
  })
}

function measure(spec: string, stage: string): PublishedStage {
  const child = join(root, 'bench/published/child.ts')
  const output = execFileSync(
    process.execPath,
    ['--import', 'tsx', child, join(root, 'specs', `${spec}.distill`), stage, values.backend],
    { encoding: 'utf8', cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  return JSON.parse(output.trim().split('\n').at(-1) ?? '')
}

const seconds = (s: number | undefined): string =>
  `${(s ?? Number.NaN).toFixed(s !== undefined && s < 10 ? 2 : 1)} s`
const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`

/** What tells a row: the spec, the stage and the backend. */
function row(spec: string, stage: string, one: PublishedStage): string {
  const { examples, tokens } = one.sizes
  const cells = [
    spec,
    stage,
    one.backend,
    `${examples} x ${tokens}`,
    seconds(one.seconds_before),
    ...one.seconds_per_step.map(seconds),
    gibibytes(one.planned_bytes),
    gibibytes(one.peak_bytes),
  ]
  return `| ${cells.join(' | ')} |`
}
const keyOf = (line: string): string => line.split(' | ').slice(0, 3).join(' | ')

const machine = `${cpus()[0]?.model.trim() ?? 'an unknown processor'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}.`
const heading = [
  '| spec | stage | backend | micro-batch | before | first step | second step | planned | peak memory |',
  '|---|---|---|---|---|---|---|---|---|',
]

/** Writes rows among those that are there, in the place of those they measure again. Rows of another machine go. */
function write(fresh: readonly string[]): void {
  const text = readFileSync(page, 'utf8')
  const [before = '', rest = ''] = text.split(begin)
  const [old = '', after = ''] = rest.split(end)
  const kept = old.includes(machine) ? old.split('\n').filter((line) => /^\| [a-z]+-?\w* ?/.test(line)) : []
  const known = kept.filter(
    (line) => !heading.includes(line) && !fresh.some((one) => keyOf(one) === keyOf(line)),
  )
  const place = (line: string): number => specs.indexOf(line.split(' | ')[0]?.slice(2) ?? '')
  const rows = [...known, ...fresh].toSorted((a, b) => place(a) - place(b))
  writeFileSync(page, `${before}${begin}\n${[machine, '', ...heading, ...rows].join('\n')}\n${end}${after}`)
}

for (const spec of values.spec ?? specs) {
  const rows = stagesOf(spec).map(({ name }) => {
    const one = measure(spec, name)
    if (!one.losses.every(Number.isFinite))
      throw new Error(`${spec}, ${name}: losses ${one.losses.join(', ')}`)
    const line = row(spec, name, one)
    process.stderr.write(`${line}\n`)
    return line
  })
  write(rows)
}
