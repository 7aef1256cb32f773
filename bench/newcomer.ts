/**
 * What a new user does with a file of data, without editing anything: `new`, `check`, `train`, `report`. Prints a
 * table of minutes and scores. `npx tsx bench/newcomer.ts FILE...`; `--minutes N` is given to `new`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'

const { values, positionals } = parseArgs({
  options: { minutes: { type: 'string', default: '3' } },
  allowPositionals: true,
})
const program = new URL('../dist/distill.js', import.meta.url).pathname
const metrics = z.record(z.string(), z.number().nullable()).default({})
const schema = z.object({
  models: z.array(z.object({ name: z.string(), metrics })),
  baselines: z.array(z.object({ name: z.string(), metrics })).default([]),
})

/** Runs a command and gives its seconds. Throws with what it printed where it fails. */
function timed(...words: string[]): number {
  const begun = performance.now()
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`distill ${words.join(' ')} ended with ${status}\n${stdout}${stderr}`)
  return (performance.now() - begun) / 1000
}

const shown = (scores: z.infer<typeof metrics>): string =>
  Object.entries(scores)
    .map(([name, value]) => `${name} ${value === null ? 'infinite' : value.toFixed(3)}`)
    .join(', ')

console.log('| data | new | check | train | report | scores |\n|---|---|---|---|---|---|')
for (const data of positionals) {
  const folder = mkdtempSync(join(tmpdir(), 'newcomer-'))
  const [spec, run, page] = ['my.distill', 'run', 'report.html'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const seconds = [
    timed('new', spec, '--from', data, '--minutes', values.minutes),
    timed('check', spec),
    timed('train', spec, '--out', run),
    timed('report', run, '-o', page),
  ].map((s) => `${s.toFixed(0)} s`)
  if (!existsSync(page)) throw new Error(`${page} is not there`)
  const { models, baselines } = schema.parse(JSON.parse(readFileSync(join(run, 'report.json'), 'utf8')))
  const scores = [...models, ...baselines].map((one) => `${one.name}: ${shown(one.metrics)}`)
  const name = join(basename(dirname(data)), basename(data))
  console.log(`| ${name} | ${seconds.join(' | ')} | ${scores.join('; ')} |`)
}
