/**
 * Training steps against the PyTorch loops of bench/torch/steps.py: the same shapes and mathematics, in turns, each in a process of its own. Ratios are those of
 * one round, and the median over rounds is told: other work on the machine slows both. `npm run bench:torch`, the second half of `npm run bench`, writes the tables of
 * docs/performance.md; `-- --only albert,clinc` does some of them, `--print` writes none, `--threads` is for theirs and ours.
 *
 * Needs PyTorch: apt-get install -y --no-install-recommends python3-torch libopenblas0-openmp; for torch.compile g++ and libtorch-dev, too.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { threadCount, threadsSetting } from '../src/backends/threads.ts'
import { buildOurs } from './torch/built.ts'
import { type Case, type Contestant, cases, type Own } from './torch/cases.ts'
import { type Failure, type Measurement, measure } from './torch/child.ts'
import { drawSentences, missingSentences } from './torch/sentences.ts'
import { type Entry, epochTable, type Peaks, stepTable } from './torch/tables.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '2' },
    backends: { type: 'string' },
    data: { type: 'string' },
    threads: { type: 'string', default: String(threadCount()) },
    python: { type: 'string', default: '/usr/bin/python3' },
    print: { type: 'boolean', default: false },
  },
})
const root = new URL('..', import.meta.url).pathname
const scratch = mkdtempSync(join(tmpdir(), 'distill-torch-'))
const data = values.data ?? join(root, '../shared/data')
const rounds = Number(values.rounds)
const built = await buildOurs()
/** Seconds that one measurement may take: an epoch of all sentences takes minutes, as does compiling for PyTorch. */
const limit = 600

type Run = () => Measurement | Failure
const node = (...parts: string[]): Run => {
  const environment = { [threadsSetting]: values.threads }
  return () => measure(process.execPath, [...parts], { limit, folder: root, environment })
}
const python = (...parts: string[]): Run => {
  const loop = ['bench/torch/steps.py', ...parts, '--threads', values.threads]
  return () => measure(values.python, loop, { limit, folder: root })
}

interface Runner {
  readonly contestant: Contestant
  readonly own: boolean
  readonly run: Run
}

function runners(name: string, one: Case): Runner[] {
  const own = one.own.filter(
    ({ backend }) => values.backends === undefined || values.backends.split(',').includes(backend),
  )
  if (one.kind === 'step') {
    const shape = ['--batch', String(one.batch), '--length', String(one.length), '--steps', String(one.steps)]
    return [
      ...one.torch.map((contestant): Runner => {
        return { contestant, own: false, run: python(one.loop, ...shape, ...contestant.flags) }
      }),
      ...own.map((contestant): Runner => {
        const { backend, flags } = contestant
        const run = node(
          join(built, 'ours.js'),
          name,
          '--backend',
          backend,
          '--steps',
          String(one.steps),
          ...flags,
        )
        return { contestant, own: true, run }
      }),
    ]
  }
  const folders = one.stages.map(({ examples }) => drawSentences(data, examples, scratch))
  const padding = ['--pad', String(one.pad), '--batch', String(one.batch), '--max-steps', String(one.steps)]
  const lengths = join(folders[0] ?? '', 'lengths.json')
  return [
    ...one.torch.map((contestant): Runner => {
      return {
        contestant,
        own: false,
        run: python(one.loop, '--lengths', lengths, ...padding, ...contestant.flags),
      }
    }),
    ...one.stages.flatMap(({ stage }, i) =>
      own.map((contestant: Own): Runner => {
        const { label, backend, flags } = contestant
        const run = node(
          join(built, 'epoch.js'),
          stage,
          '--folder',
          folders[i] ?? '',
          '--backend',
          backend,
          ...flags,
        )
        return { contestant: { ...contestant, label: `${label}, ${stage}` }, own: true, run }
      }),
    ),
  ]
}

/** Everybody in turns; who failed once is not asked again. */
function race(all: readonly Runner[]): Entry[] {
  const results = all.map((): (Measurement | Failure)[] => [])
  for (let round = 0; round < rounds; round++) {
    for (const [i, { contestant, run }] of all.entries()) {
      const last = results[i]?.at(-1)
      const result = last !== undefined && 'failed' in last ? last : run()
      results[i]?.push(result)
      process.stderr.write(`${contestant.label}: ${JSON.stringify(result)}\n`)
    }
  }
  return all.map(({ contestant, own }, i) => ({ contestant, own, rounds: results[i] ?? [] }))
}

const peakLine = z.record(z.string(), z.number())

/** Of the machine, measured now; nothing where oneDNN is not there. */
function measurePeaks(): Peaks {
  const run = measure(process.execPath, ['--import', 'tsx', 'bench/torch/peak.ts'], { limit, folder: root })
  return 'failed' in run ? {} : peakLine.parse(run.product_flops ?? {})
}

const names = values.only?.split(',') ?? Object.keys(cases)
const unknown = names.filter((name) => cases[name] === undefined)
if (unknown.length > 0)
  throw new Error(`no case ${unknown.join(', ')}; there are ${Object.keys(cases).join(', ')}`)
const path = `${root}docs/performance.md`
try {
  for (const name of names) {
    const one = cases[name]
    if (one === undefined) continue
    const missing = one.kind === 'epoch' ? missingSentences(data) : undefined
    if (missing !== undefined) {
      process.stderr.write(`${name} is left out. ${missing}\n`)
      continue
    }
    const peaks = measurePeaks()
    const entries = race(runners(name, one))
    const table = one.kind === 'step' ? stepTable(one, entries, peaks) : epochTable(one, entries)
    const told = Object.entries(peaks).map(([precision, flops]) => `${precision} ${(flops / 1e9).toFixed(0)}`)
    const machine = `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${values.threads} threads on ${cpus().length} cores, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}; ${rounds} ${rounds === 1 ? 'round' : 'rounds'}`
    const peak = told.length === 0 ? '' : `; peak of one product by oneDNN: ${told.join(', ')} GFLOP/s`
    const text = [`**${one.title}**`, '', `${machine}${peak}.`, '', ...table].join('\n')
    process.stdout.write(`${text}\n\n`)
    if (!values.print) write(name, text)
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

/** Replaces the block of a case. */
function write(name: string, text: string): void {
  const page = readFileSync(path, 'utf8')
  const [begin, end] = [`<!-- bench:torch ${name} -->`, `<!-- /bench:torch ${name} -->`]
  const [before, rest] = page.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`${path} has no block ${begin}`)
  writeFileSync(path, `${before}${begin}\n${text}\n${end}${after}`)
}
