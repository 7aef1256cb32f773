/** Trainings by several ranks of the built tool, and what they leave. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { comparedLog } from '../faults/compared-log.ts'
import { dataTable } from '../faults/small-spec.ts'

const tool = resolve('dist/distill.js')

export type Launcher = 'openmpi' | 'mpich'

/** More ranks than cores may be started, and by root. */
export const launching: Readonly<Record<Launcher, readonly string[]>> = {
  openmpi: ['mpirun.openmpi', '--allow-run-as-root', '--oversubscribe', '--bind-to', 'none'],
  mpich: ['mpirun.mpich'],
}

/** The beginning of specs here: small models on a small table. */
export const smallNotes = `import { bert_base } from "std/bert.distill"
import { classifier, masked_lm } from "std/heads.distill"
import { soften } from "std/losses.distill"
data notes {
  train = "train.tsv", validation = "train.tsv"
  text = column("text"), label = class(column("label"), ["animal", "thing", "person", "place"])
  tokenizer = wordpiece(size = 90), max_length = 16
}
model small = bert_base with { vocabulary = notes.vocabulary, positions = 16, layers = 1, hidden_size = 16, heads = 2 }
`

/**
 * Stages with dropout, masks, micro-batches, clipping, records of a frozen teacher, and the best weights kept. The
 * last batch of an epoch has fewer examples than there are parts.
 */
export function writeSpec(folder: string, epochs = 2): void {
  writeFileSync(join(folder, 'train.tsv'), dataTable(35))
  writeFileSync(
    join(folder, 'spec.distill'),
    `${smallNotes}data masked { train = "train.tsv", text = column("text"), tokenizer = notes.tokenizer, max_length = 16, mask { probability = 15% } }
student T : small { heads { task = classifier(notes.label), mlm = masked_lm(tied = embedding.word) } }
student S : small { heads { task = classifier(notes.label) } }
teacher K = T after learn
stage pretrain {
  minimize cross_entropy(T.mlm.logits, batch.original) where masked
  data = masked, budget = ${epochs} epochs, batch = 16, microbatch = 4, optimizer = adamw(rate = 1e-3)
}
stage learn after pretrain {
  minimize cross_entropy(T.task.logits, batch.label), data = notes, budget = ${epochs} epochs, batch = 8
  optimizer = adamw(rate = linear(1e-2, warmup = 10%), clip = 1), evaluate = [accuracy], keep = best(accuracy)
}
stage distil after learn {
  minimize soften(S.task.logits, K.task.logits, temperature = 2), data = notes, budget = ${epochs} epochs, batch = 8
  optimizer = adamw(rate = linear(1e-2, warmup = 10%), clip = 1), evaluate = [accuracy], keep = best(accuracy)
}
`,
  )
}

export interface Asked {
  /** What they do (default: train). */
  readonly command?: 'train' | 'records'
  readonly folder: string
  readonly out: string
  /** Absent: a process of its own. */
  readonly launcher?: Launcher
  readonly ranks?: number
  /** The words before the program that start the ranks, in place of those of the launcher here. */
  readonly launching?: readonly string[]
  readonly words?: readonly string[]
  /** Default: that of this process. */
  readonly environment?: NodeJS.ProcessEnv
}

export interface Ended {
  readonly code: number | null
  readonly text: string
}

export interface Training {
  readonly launcher: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves once this was printed. */
  says(pattern: RegExp): Promise<void>
}

export function start({
  command = 'train',
  folder,
  out,
  launcher,
  ranks = 1,
  words = [],
  ...asked
}: Asked): Training {
  const all = [process.execPath, tool, command, 'spec.distill', '--out', out, ...words]
  const here = launcher === undefined ? [] : [...launching[launcher], '-n', String(ranks)]
  const [program = '', ...rest] = [...(asked.launching ?? here), ...all]
  const { environment = process.env } = asked
  const child = spawn(program, rest, { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  let look = (): void => {}
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => {
      text += part.toString()
      look()
    })
  const ended = new Promise<Ended>((done) => child.on('close', (code) => done({ code, text })))
  const says = (pattern: RegExp): Promise<void> =>
    new Promise((done, fail) => {
      look = () => {
        if (pattern.test(text)) done()
      }
      look()
      void ended.then(() => fail(new Error(`it ended without ${pattern}:\n${text}`)))
    })
  return { launcher: child, ended, says }
}

/** SHA-256 of the trained weights, and the log but for fields of time and memory. */
export function leftOf(run: string): { readonly weights: string; readonly log: readonly string[] } {
  const sha = createHash('sha256')
  for (const name of readdirSync(join(run, 'best')).sort()) sha.update(readFileSync(join(run, 'best', name)))
  return { weights: sha.digest('hex'), log: comparedLog(run) }
}

/** The processes of the ranks that a launcher has started, in the order of their numbers. */
export function processesOf(launcher: ChildProcess): readonly number[] {
  const all = readdirSync('/proc').flatMap((name) => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
      return [{ pid: Number(name), parent, command: readFileSync(`/proc/${name}/cmdline`, 'utf8') }]
    } catch {
      return []
    }
  })
  const below = (parent: number): typeof all =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one, ...below(one.pid)])
  const tools = below(launcher.pid ?? 0).filter(({ command }) =>
    command.startsWith(`${process.execPath}\0${tool}`),
  )
  // A process that a rank has started looks like the rank until it has become another program.
  const own = new Set(tools.map(({ pid }) => pid))
  return tools
    .filter(({ parent }) => !own.has(parent))
    .map(({ pid }) => ({ pid, rank: rankOf(pid) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ pid }) => pid)
}

function rankOf(pid: number): number {
  const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
  const found = environment.find((one) => /^(?:PMI_RANK|OMPI_COMM_WORLD_RANK)=/.test(one))
  return Number(found?.split('=')[1])
}
