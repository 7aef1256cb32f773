/**
 * Two ranks of one thread each against one process of two threads: tokens a second of both, in turns, and the
 * memory of each rank. An efficiency of 1 is that of the process.
 *
 *   npx tsx bench/cluster/efficiency.ts [--model tinybert_4] [--steps 8] [--repetitions 3] [--parts 2]
 *     [--batch 64] [--backend native]
 *
 * `--model demo` is the demo's teacher, at the demo's batch.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openCluster } from '../../src/cluster/open-cluster.ts'
import { trainSpec } from '../../src/library/train.ts'
import { median } from './measure.ts'

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'tinybert_4' },
    steps: { type: 'string', default: '8' },
    repetitions: { type: 'string', default: '3' },
    parts: { type: 'string', default: '2' },
    batch: { type: 'string', default: '64' },
    backend: { type: 'string', default: 'native' },
    folder: { type: 'string' },
    out: { type: 'string' },
  },
})
const [steps, parts] = [Number(values.steps), Number(values.parts)]
/** A model of std, the pieces of its vocabulary, and a step: examples, and tokens of each. */
const asked = { base: values.model, settings: '', pieces: 30_522, batch: Number(values.batch), length: 128 }
const demo = {
  ...{ base: 'bert_base', settings: 'layers = 3, hidden_size = 192, heads = 4, positions = 48' },
  ...{ pieces: 8000, batch: 32, length: 18 },
}
const { base, settings, pieces, batch, length } = values.model === 'demo' ? demo : asked
/** Steps that compile, and make what a backend keeps. */
const warm = 2

/** Random words, one piece each; two classes. */
function writeInputs(folder: string): void {
  const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
  const words = Array.from({ length: pieces - special.length }, (_, i) => `w${i}`)
  writeFileSync(join(folder, 'vocab.txt'), `${[...special, ...words].join('\n')}\n`)
  let seed = 1
  const next = (): number => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed
  }
  const text = (): string => Array.from({ length }, () => words[next() % words.length]).join(' ')
  const rows = Array.from({ length: batch * steps }, (_, i) => `${text()}\t${i % 2 === 0 ? 'even' : 'odd'}\n`)
  writeFileSync(join(folder, 'train.tsv'), `text\tlabel\n${rows.join('')}`)
  writeFileSync(
    join(folder, 'spec.distill'),
    `import { ${base} } from "std/bert.distill"
import { first_token_classifier } from "std/heads.distill"
data texts {
  train = "train.tsv", text = column("text"), label = class(column("label"), ["even", "odd"])
  tokenizer = "vocab.txt", max_length = ${length}
}
model M = ${base} with { vocabulary = ${pieces}${settings && `, ${settings}`} }
student S : M { heads { task = first_token_classifier(texts.label) } }
stage learn {
  minimize cross_entropy(S.task.logits, batch.label)
  data = texts, budget = ${steps} steps, batch = ${batch}, optimizer = adamw(rate = 1e-4, clip = 1)
}
`,
  )
}

interface Found {
  /** Seconds. */
  readonly step: number
  /** Bytes that the process of each rank has held at most. */
  readonly memory: readonly number[]
}

/** One rank: trains, and prints what it has measured. */
async function measureRank(folder: string, out: string): Promise<void> {
  const cluster = await openCluster({ deadline: 120 })
  const times: number[] = []
  const asked = { out: join(folder, out), backend: values.backend, cluster, termGradients: false, parts }
  await trainSpec(join(folder, 'spec.distill'), asked, { step: () => times.push(performance.now() / 1000) })
  const took = times.slice(1).map((time, i) => time - (times[i] ?? 0))
  const own = { step: median(took.slice(warm - 1)), memory: 1024 * process.resourceUsage().maxRSS }
  const all = cluster.exchange(new TextEncoder().encode(JSON.stringify(own)), 'its times')
  cluster.close()
  if (cluster.rank > 0) return
  const ranks = all.map((bytes): typeof own => JSON.parse(new TextDecoder().decode(bytes)))
  const found: Found = {
    step: Math.max(...ranks.map(({ step }) => step)),
    memory: ranks.map(({ memory }) => memory),
  }
  console.log(JSON.stringify(found))
}

function run(folder: string, ranks: number, threads: number, name: string): Found {
  const program = [process.execPath, '--import', 'tsx', fileURLToPath(import.meta.url)]
  const divided = ranks > 1 ? parts : 1
  const words = [...process.argv.slice(2), '--folder', folder, '--out', name, '--parts', `${divided}`]
  const launcher = ['mpirun.openmpi', '--oversubscribe', '--bind-to', 'none', '-n', `${ranks}`]
  const [command = '', ...rest] = [...(ranks > 1 ? launcher : []), ...program, ...words]
  const { stdout, stderr, status } = spawnSync(command, rest, {
    encoding: 'utf8',
    env: {
      ...process.env,
      DISTILL_THREADS: `${threads}`,
      OMPI_ALLOW_RUN_AS_ROOT: '1',
      OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
    },
  })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
}

if (values.folder !== undefined) await measureRank(values.folder, values.out ?? 'run')
else {
  const folder = mkdtempSync(join(tmpdir(), 'efficiency-'))
  writeInputs(folder)
  const found: { readonly alone: Found; readonly ranks: Found }[] = []
  for (let k = 0; k < Number(values.repetitions); k++)
    found.push({ alone: run(folder, 1, 2, `alone-${k}`), ranks: run(folder, 2, 1, `ranks-${k}`) })
  rmSync(folder, { recursive: true })
  const tokens = batch * length
  const speed = (one: Found): string => `${Math.round(tokens / one.step)} tok/s`
  console.log(
    `${values.model}, ${tokens} tokens a step in ${parts} parts, ${values.backend}, ${cpus()[0]?.model}`,
  )
  console.log(
    '| process of two threads | two ranks of one | efficiency | memory of the process | of each rank |',
  )
  console.log('|---|---|---|---|---|')
  for (const { alone, ranks } of found) {
    const [own, each] = [alone, ranks].map(({ memory }) =>
      memory.map((bytes) => `${Math.round(bytes / 2 ** 20)} MiB`).join(', '),
    )
    console.log(
      `| ${speed(alone)} | ${speed(ranks)} | ${(alone.step / ranks.step).toFixed(3)} | ${own} | ${each} |`,
    )
  }
}
