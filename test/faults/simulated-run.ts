/** A run of three stages on a simulated disk, and what it leaves. */
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Program } from '../../src/check/program.ts'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { openSpec } from '../../src/library/open-spec.ts'
import { trainRun } from '../../src/library/train-run.ts'
import { InputFiles } from '../../src/train/input-files.ts'
import { RunFolder } from '../../src/train/run-folder.ts'
import { comparedLines, measuredFields } from './compared-log.ts'
import { Ended, type SimulatedDisk } from './simulated-disk.ts'

const spec = `import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
data reviews {
  train = "reviews.tsv", validation = "dev.tsv", text = column("text")
  label = class(column("label"), ["bad", "good"]), tokenizer = wordpiece(size = 60), max_length = 8
}
model small = bert_base with { vocabulary = reviews.vocabulary, layers = 1, hidden_size = 4, heads = 2, intermediate_size = 4 }
student T : small { heads { task = classifier(reviews.label) } }
teacher K = T after learn
student S : small { heads { task = classifier(reviews.label) } }
stage learn {
  minimize cross_entropy(T.task.logits, batch.label)
  data = reviews, budget = 2 epochs, batch = 2, optimizer = adamw(rate = 1e-2), evaluate = [accuracy], keep = best(accuracy)
}
stage imitate after learn {
  minimize kl(S.task.logits, K.task.logits)
  data = reviews, budget = 24 steps, batch = 2, optimizer = adamw(rate = 1e-2), every = 9 steps, evaluate = [accuracy], keep = last(2)
}
stage finish after imitate {
  minimize cross_entropy(S.task.logits, batch.label)
  data = reviews, budget = 3 epochs, batch = 2, optimizer = adamw(rate = 1e-2), evaluate = [accuracy], keep = best(accuracy)
}
`
const rows = ['a fine film\tgood', 'a dull film\tbad', 'a very fine story\tgood', 'no story at all\tbad']

/** Writes the spec and its data into a folder, and checks it. */
export function specIn(folder: string): Program {
  mkdirSync(folder, { recursive: true })
  for (const name of ['reviews.tsv', 'dev.tsv'])
    writeFileSync(join(folder, name), ['text\tlabel', ...rows, ''].join('\n'))
  const file = join(folder, 'three.distill')
  writeFileSync(file, spec)
  return openSpec(file, {}).program
}

/** Fields of report.json that tell time. */
const ofSpeed = new Set(['latency_ms', 'faster'])

const path = '/runs/three'

export type Outcome = Places &
  (
    | { readonly kind: 'finished'; readonly notes: readonly string[] }
    /** The process ended. */
    | { readonly kind: 'ended' }
    | { readonly kind: 'refused'; readonly codes: readonly string[]; readonly text: string }
    /** What a person would see as an internal error. */
    | { readonly kind: 'internal'; readonly text: string }
  )

/** Places in a run: a thousand for each stage, and one for each step. */
interface Places {
  /** Where the first stage of the process began; absent if none did. */
  resumed: number | undefined
  /** The last checkpoint. */
  saved: number
}

/** Trains in a folder of the disk, or continues there if a run has begun. */
export async function trainOn(
  { disk }: SimulatedDisk,
  program: Program,
  backend: string,
  cache?: number,
): Promise<Outcome> {
  const notes: string[] = []
  const places: Places = { resumed: undefined, saved: 0 }
  let stage = 0
  try {
    const folder = new RunFolder(path, disk)
    const result = await trainRun({
      spec: program.file,
      program,
      folder,
      before: folder.exists ? folder.readConfig() : undefined,
      options: { backend, ...(cache === undefined ? {} : { cache }) },
      inputs: new InputFiles(),
      observer: {
        note: (text) => notes.push(text),
        stageBegins: ({ number, step }) => {
          stage = number
          places.resumed ??= 1000 * number + step
        },
        saved: ({ step }) => {
          places.saved = 1000 * stage + step
        },
      },
    })
    if (result.kind !== 'finished') throw new Error(`the run is ${result.kind}`)
    return { kind: 'finished', notes, ...places }
  } catch (error) {
    if (error instanceof Ended) return { kind: 'ended', ...places }
    if (error instanceof DiagnosticError)
      return {
        kind: 'refused',
        codes: error.diagnostics.map(({ code }) => code),
        text: error.message,
        ...places,
      }
    return { kind: 'internal', text: error instanceof Error ? `${error.stack}` : String(error), ...places }
  }
}

export interface Left {
  readonly names: readonly string[]
  /** SHA-256 of the tensors of each file of weights. */
  readonly weights: ReadonlyMap<string, string>
  /** metrics.jsonl without what is measured. */
  readonly log: readonly string[]
  readonly report: string
}

/** What a finished run leaves. */
export function leftOn(simulated: SimulatedDisk): Left {
  const files = simulated.contents()
  const weights = new Map<string, string>()
  for (const [name, bytes] of files) {
    if (!name.endsWith('.safetensors') || name.endsWith('/previous.safetensors')) continue
    const dataStart = 8 + Number(Buffer.from(bytes).readBigUInt64LE(0))
    weights.set(name, createHash('sha256').update(bytes.subarray(dataStart)).digest('hex'))
  }
  const text = (name: string): string => Buffer.from(files.get(`${path}/${name}`) ?? []).toString('utf8')
  return {
    names: [...files.keys()].sort(),
    weights,
    log: comparedLines(text('metrics.jsonl')),
    report: withoutMeasured(text('report.json')),
  }
}

function withoutMeasured(json: string): string {
  const left = (key: string, value: unknown): unknown =>
    measuredFields.has(key) || ofSpeed.has(key) ? undefined : value
  return JSON.stringify(z.json().parse(JSON.parse(json)), left)
}
