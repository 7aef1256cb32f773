/** Every row of the study trains: its spec with its settings, on each kind of data set, for two steps of tiny data; and what runs the study asks for what there is. */

import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { allJobs, commandOf, dataSets, type Job, jobName, neededBy, rows } from '../../bench/study/rows.ts'
import { createRunner } from '../../src/backends/index.ts'
import type { Program } from '../../src/check/program.ts'
import { renderDiagnostics } from '../../src/diagnostics/render.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import type { Score } from '../../src/train/observer.ts'
import { trainerOf } from '../train/trainer-of.ts'
import { writeTinyData } from './tiny-data.ts'

const study = new URL('../../bench/study', import.meta.url).pathname
const home = mkdtempSync(join(tmpdir(), 'study-'))
const runner = await createRunner('wasm')
afterAll(() => {
  rmSync(home, { recursive: true })
  runner.dispose()
})

for (const file of readdirSync(study).filter((name) => name.endsWith('.distill')))
  cpSync(join(study, file), join(home, file))
cpSync(join(study, 'tasks'), join(home, 'tasks'), { recursive: true })
writeTinyData(join(home, 'data'))

/** The settings that a command gives. */
function settingsOf(command: readonly string[]): Record<string, string> {
  const given = command.flatMap((word, i) => (word === '--set' ? [command[i + 1] ?? ''] : []))
  return Object.fromEntries(given.map((one) => one.split('=')))
}

function programOf(job: Job): Program {
  const settings = settingsOf(commandOf(job))
  const { program, diagnostics, sources } = checkFile(join(home, `${job.row.spec}.distill`), { settings })
  if (!program) throw new Error(renderDiagnostics(diagnostics, sources, { color: false }))
  return { ...program, stages: program.stages.map((stage) => ({ ...stage, batch: 4 })) }
}

async function train(job: Job): Promise<Score[]> {
  const program = programOf(job)
  const scores: Score[] = []
  const trainer = trainerOf(program, join(home, 'runs', jobName(job)), {
    runner,
    seed: 0,
    maxSteps: 2,
    randomWeights: true,
    ...(job.row.stages ? { stages: job.row.stages } : {}),
    observer: { scored: ({ score }) => scores.push(score) },
  })
  await trainer.run()
  expect([...program.instances.keys()]).toContain(job.row.model)
  return scores
}

const trained = rows.filter(({ untrained }) => !untrained)

describe('every row trains', () => {
  test.each(trained)('$name', async (row) => {
    const [first = 'snips'] = row.sets ?? dataSets
    const scores = await train({ row, seed: 0, ...(row.shared ? {} : { set: first }) })
    expect(scores.length > 0 || row.name === 'tinybert-general').toBe(true)
  })
  const everywhere = trained.filter(({ name }) => ['distilbert-direct', 'tinybert-direct'].includes(name))
  test.each(dataSets.flatMap((set) => everywhere.map((row) => ({ row, set, name: row.name }))))(
    '$name on $set',
    async ({ row, set }) => {
      const headline = { snips: 'accuracy', clinc150: 'accuracy', wnut17: 'entity_f1' }
      const other = { 'amazon-ratings': 'pearson', 'xquad-part': 'exact_match' }
      const [score] = await train({ row, seed: 1, set })
      expect([...(score?.values.keys() ?? [])]).toContain({ ...headline, ...other }[set])
    },
  )
})

describe('the plan', () => {
  const jobs = allJobs(3)
  test('has every job once, after those that it begins from', () => {
    const names = jobs.map(jobName)
    expect(new Set(names).size).toBe(names.length)
    for (const [i, job] of jobs.entries())
      for (const needed of neededBy(job)) expect(names.slice(0, i), jobName(job)).toContain(needed)
  })
  test('two data sets of the first seed come first', () => {
    const others = jobs.findIndex(({ set }) => set === 'wnut17')
    const first = jobs.filter(({ seed, set }) => seed === 0 && (set === 'snips' || set === 'clinc150'))
    expect(jobs.slice(0, others).filter(({ set }) => set !== undefined)).toEqual(first)
  })
})
