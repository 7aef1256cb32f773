/**
 * Training steps against the PyTorch loops of bench/torch/steps.py: the same shapes and mathematics, in turns, each run in a process of its own. Ratios are those
 * of neighbours in time, and the median of them is told: other work on the machine slows both. `npm run bench:torch` writes the table into
 * docs/performance.md; `-- --only albert --rounds 1` measures some, and prints them.
 *
 * Needs PyTorch: apt-get install -y --no-install-recommends python3-torch libopenblas0-openmp
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { type Case, type CaseName, cases } from './torch/cases.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    backends: { type: 'string', default: 'onnxruntime,wasm' },
    python: { type: 'string', default: '/usr/bin/python3' },
  },
})
const root = new URL('..', import.meta.url).pathname
const measured = z.object({ seconds_per_step: z.number(), peak_bytes: z.number() })
type Measured = z.infer<typeof measured>

const names = Object.keys(cases).filter((name): name is CaseName => name in cases)
const only = values.only?.split(',')
const backends = values.backends.split(',')

function run(command: string, parts: readonly string[]): Measured {
  const text = execFileSync(command, [...parts], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return measured.parse(JSON.parse(text.trim().split('\n').at(-1) ?? ''))
}

function torch({ loop, batch, length, steps }: Case): Measured {
  const shape = ['--batch', String(batch), '--length', String(length), '--steps', String(steps)]
  return run(values.python, ['bench/torch/steps.py', loop, ...shape])
}

function ours(name: CaseName, backend: string, steps: number): Measured {
  return run('npx', ['tsx', 'bench/torch/ours.ts', name, '--backend', backend, '--steps', String(steps)])
}

const median = (list: readonly number[]): number =>
  [...list].sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN
const seconds = (x: number): string => (x < 0.1 ? `${(x * 1000).toFixed(1)} ms` : `${x.toFixed(2)} s`)
const gigabytes = (x: number): string => `${(x / 2 ** 30).toFixed(1)} GiB`

const lines = [
  "| step | PyTorch | ours | of PyTorch's speed | memory, of PyTorch's |",
  '|---|---|---|---|---|',
]
for (const name of names.filter((one) => only === undefined || only.includes(one))) {
  const one: Case = cases[name]
  const rounds = Array.from({ length: Number(values.rounds) }, () => ({
    torch: torch(one),
    ours: backends.map((backend) => ours(name, backend, one.steps)),
  }))
  const theirs = median(rounds.map((round) => round.torch.seconds_per_step))
  backends.forEach((backend, i) => {
    const own = rounds.map((round) => round.ours[i]?.seconds_per_step ?? Number.NaN)
    const ratios = rounds.map((round, k) => round.torch.seconds_per_step / (own[k] ?? Number.NaN))
    const memory = rounds.map((round) => (round.ours[i]?.peak_bytes ?? Number.NaN) / round.torch.peak_bytes)
    const peak = median(rounds.map((round) => round.torch.peak_bytes))
    lines.push(
      `| ${name} ${one.batch} x ${one.length}, ${backend} | ${seconds(theirs)}, ${gigabytes(peak)} | ${seconds(median(own))} | ${median(ratios).toFixed(2)}x | ${(100 * median(memory)).toFixed(0)}% |`,
    )
    process.stderr.write(`${lines.at(-1)}\n`)
  })
}
const machine = `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}; ${values.rounds} rounds`
const table = [machine, '', ...lines].join('\n')
process.stdout.write(`${table}\n`)
if (only === undefined) {
  const path = `${root}docs/performance.md`
  const [begin, end] = ['<!-- bench:torch -->', '<!-- /bench:torch -->']
  const text = readFileSync(path, 'utf8')
  const [before = '', rest = ''] = text.split(begin)
  writeFileSync(path, `${before}${begin}\n${table}\n${end}${rest.split(end)[1] ?? ''}`)
}
