/** Runs of a sweep that share results are, bit for bit, those that are done one by one. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createRunner } from '../../src/backends/index.ts'
import type { Program, Stage } from '../../src/check/program.ts'
import { compileStage, compileTaps } from '../../src/lower/stage.ts'
import { readProgress } from '../../src/train/checkpoint.ts'
import { InputFiles } from '../../src/train/input-files.ts'
import { ProgramData } from '../../src/train/program-data.ts'
import { Trainer } from '../../src/train/run.ts'
import { RunFolder } from '../../src/train/run-folder.ts'
import { SharedData } from '../../src/train/shared-data.ts'
import { SharedResults, tidyShared } from '../../src/train/shared-results.ts'
import type { TrainOptions } from '../../src/train/train-options.ts'
import { readSafetensors } from '../../src/weights/safetensors.ts'
import { programOf } from '../lower/spec-run.ts'
import { adamw, hardLoss, program, softLoss, stage, TinyData, tinyModel } from './tiny-program.ts'

const runner = await createRunner('cpu')
const root = mkdtempSync(join(tmpdir(), 'shared-'))
afterAll(() => {
  rmSync(root, { recursive: true })
  runner.dispose()
})
let folders = 0
const fresh = (): string => join(root, `${folders++}`)

// Wide, so that it is cheaper to keep its values than to compute them in each step.
const teacher = tinyModel('T', 'student', 256)
const copy = tinyModel('K', 'teacher', 256, { copyOf: { instance: 'T', stage: 'learn' } })
const student = tinyModel('S', 'student', 4, { rate: 0.1 })

interface Change {
  readonly learn?: Partial<Stage>
  readonly distil?: Partial<Stage>
}

function spec({ learn, distil }: Change = {}): Program {
  return program(
    [teacher, copy, student],
    [
      stage('learn', hardLoss(teacher.logits), {
        trained: teacher.keys,
        training: new Set(['T']),
        instances: ['T'],
        evaluate: [{ metric: 'accuracy' }],
        keep: { best: { metric: 'accuracy' } },
        ...learn,
      }),
      stage('distil', softLoss(student.logits, copy.logits), {
        after: 'learn',
        trained: student.keys,
        training: new Set(['S']),
        instances: ['S', 'K'],
        evaluate: [{ metric: 'f1' }],
        ...distil,
      }),
    ],
  )
}

interface Run {
  readonly folder: RunFolder
  /** Stages that were taken over. */
  readonly reused: readonly string[]
  /** Whether it computed values of the frozen teacher. */
  readonly filled: boolean
}

/** Trains in `name` of a sweep, or alone. */
async function train(
  change: Change,
  sweep?: string,
  own: Partial<TrainOptions> = {},
  name = fresh(),
): Promise<Run> {
  const folder = new RunFolder(name)
  const reused: string[] = []
  let filled = false
  const made = new Trainer({
    program: spec(change),
    runner,
    data: new TinyData(),
    compileStage,
    compileTaps,
    folder,
    seed: 3,
    observer: {
      frozen: () => {
        filled = true
      },
      stageBegins: (event) => {
        if (event.reused !== undefined) reused.push(`${event.stage} as in ${event.reused}`)
      },
    },
    clock: () => 0,
    ...(sweep === undefined ? {} : { shared: new SharedResults(sweep, name) }),
    ...own,
  })
  try {
    made.resume()
  } catch {
    // it is new
  }
  await made.run()
  made.dispose()
  return { folder, reused, filled }
}

/** All that a run leaves but times and measured memory, and the line that says what was taken over. */
function contentOf({ folder }: Run) {
  const files = [join(folder.path, 'checkpoints'), folder.best].flatMap((path) =>
    readdirSync(path)
      // A stage that is taken over has one checkpoint.
      .filter((file) => file !== 'previous.safetensors')
      .map((file) => [file, weightsIn(join(path, file))] as const),
  )
  const lines = folder
    .readLog()
    .map((line) => z.looseObject({ event: z.string().optional() }).parse(line))
    .filter(({ event }) => event !== 'reused' && event !== 'reused_values')
    .map(({ time: _, steps_per_second: __, tokens_per_second: ___, measured_bytes: ____, ...line }) => line)
  return { files, lines }
}

/**
 * Tensors and progress, without the key of the stage, which only a run of a sweep has, and the length of the log, in
 * which the run has a line more.
 */
function weightsIn(file: string): unknown {
  const tensors = [...readSafetensors(file)].map(([name, { data }]) => [name, Array.from(data)])
  if (!file.includes('checkpoints')) return tensors
  const { key: _, log: __, ...progress } = readProgress(file)
  return [progress, tensors]
}

const faster = { optimizer: adamw(0.1) }

describe('runs of a sweep', () => {
  it('take over a stage that does not depend on what is swept, and are equal to runs of their own', async () => {
    const sweep = fresh()
    const first = await train({}, sweep)
    const second = await train({ distil: faster }, sweep)
    expect(first.reused).toEqual([])
    expect(second.reused).toEqual([`learn as in ${first.folder.path}`])
    expect(contentOf(first)).toEqual(contentOf(await train({})))
    expect(contentOf(second)).toEqual(contentOf(await train({ distil: faster })))
    expect(second.folder.readLog()).toContainEqual(
      expect.objectContaining({ event: 'reused', stage: 'learn', from: first.folder.path }),
    )
  })

  it('take over a stage that keeps checkpoints, which are those of a run of its own', async () => {
    const sweep = fresh()
    const kept = { every: 2, keep: { last: 2 } }
    await train({ learn: faster, distil: kept }, sweep)
    const before = { learn: { ...kept, ...faster }, distil: {} }
    await train(before, sweep)
    const after = { ...before, distil: faster }
    const second = await train(after, sweep)
    expect(second.reused.filter((line) => line.startsWith('learn'))).toHaveLength(1)
    const alone = contentOf(await train(after))
    expect(contentOf(second)).toEqual(alone)
    expect(alone.files.filter(([name]) => name.startsWith('learn-step-'))).toHaveLength(2)
  })

  it('take over the last stage too', async () => {
    const sweep = fresh()
    await train({}, sweep)
    const again = await train({}, sweep)
    expect(again.reused).toHaveLength(2)
    expect(contentOf(again)).toEqual(contentOf(await train({})))
  })

  it.each(['log.json', 'last.safetensors'])('compute a stage again whose %s is damaged', async (file) => {
    const sweep = fresh()
    await train({}, sweep)
    for (const entry of readdirSync(sweep).filter((name) => name.startsWith('stage-')))
      writeFileSync(join(sweep, entry, file), '')
    const again = await train({}, sweep)
    expect(again.reused).toEqual([])
    expect(contentOf(again)).toEqual(contentOf(await train({})))
  })

  it.each<[string, Change, Partial<TrainOptions>]>([
    ['its rate', { learn: faster }, {}],
    ['its batch', { learn: { batch: 4 } }, {}],
    ['its budget', { learn: { budget: { amount: 2, unit: 'epochs' } } }, {}],
    ['its metrics', { learn: { evaluate: [] } }, {}],
    ['the loss', { learn: { minimize: softLoss(teacher.logits, teacher.logits) } }, {}],
    ['the seed', {}, { seed: 4 }],
    ['the number of steps', {}, { maxSteps: 3 }],
  ])('do not take over a stage where %s differs', async (_, change, own) => {
    const sweep = fresh()
    await train({}, sweep)
    const { reused } = await train(change, sweep, own)
    expect(reused.filter((line) => line.startsWith('learn'))).toEqual([])
  })

  it('do not take over a stage on other examples, or from other weights', async () => {
    const sweep = fresh()
    await train({}, sweep)
    const data = new TinyData()
    data.fingerprint = () => ({ train: 'others' })
    expect((await train({}, sweep, { data })).reused).toEqual([])
    // The student's stage is the same, its teacher is not.
    expect((await train({ learn: faster }, sweep)).reused).toEqual([])
  })

  it('share a stage that was interrupted and resumed, and are resumed themselves', async () => {
    const sweep = fresh()
    const [first, second] = [fresh(), fresh()]
    const stopAt = (count: number) => {
      let left = count
      return { interrupted: () => left-- <= 0 }
    }
    await train({}, sweep, stopAt(5), first)
    await train({}, sweep, {}, first)
    await train({ distil: faster }, sweep, stopAt(4), second)
    const done = await train({ distil: faster }, sweep, {}, second)
    expect(done.folder.readLog()).toContainEqual(expect.objectContaining({ event: 'reused', from: first }))
    expect(contentOf(done)).toEqual(contentOf(await train({ distil: faster })))
  })

  it('share the values of a frozen teacher, and need no other folder once they are trained', async () => {
    const sweep = fresh()
    const first = await train({}, sweep)
    expect(first.filled).toBe(true)
    expect(readdirSync(sweep).map((name) => name.split('-')[0])).toContain('frozen')
    const second = await train({ distil: faster }, sweep)
    expect(second.filled).toBe(false)
    expect(second.folder.readLog()).toContainEqual(
      expect.objectContaining({ event: 'reused_values', stage: 'distil', from: first.folder.path }),
    )
    const before = contentOf(second)
    tidyShared(sweep)
    // The teacher's stage stays for runs that are added later. The student's and the records go.
    expect(readdirSync(sweep).map((name) => name.split('-')[0])).toEqual(['stage'])
    rmSync(sweep, { recursive: true })
    expect(contentOf(second)).toEqual(before)
  })
})

describe('data that runs of a sweep share', () => {
  const home = mkdtempSync(join(tmpdir(), 'shared-data-'))
  afterAll(() => rmSync(home, { recursive: true }))
  const path = (name: string) => join(home, name)
  const spec = (length: number, rate: number) => `
import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
data notes {
  train = "train.tsv", text = column("text"), label = class(column("label"), ["a", "b"])
  tokenizer = wordpiece(size = 40), max_length = ${length}
}
student S : bert_base { heads { task = classifier(notes.label) } }
stage s {
  minimize cross_entropy(S.task.logits, batch.label)
  data = notes, budget = 1 epoch, optimizer = sgd(rate = ${rate})
}`
  const texts = (words: string) => `label\ttext\na\t${words} sing\nb\t${words} lie\n`
  /** The data of a run in a folder of its own. */
  const dataset = (shared: SharedData, name: string, text: string) => {
    writeFileSync(path(`${name}.distill`), text)
    const program = programOf({ path: path(`${name}.distill`) })
    const made = new ProgramData(program, path(name), shared).dataset('notes')
    expect(existsSync(join(path(name), 'notes/vocab.txt'))).toBe(true)
    shared.nextRun()
    return made
  }

  it('is read and encoded once, its vocabulary trained once, as long as runs follow that need it', () => {
    writeFileSync(path('train.tsv'), texts('birds'))
    const shared = new SharedData(new InputFiles())
    const first = dataset(shared, 'one', spec(16, 0.1))
    expect(dataset(shared, 'two', spec(16, 0.2))).toBe(first)
    const longer = dataset(shared, 'three', spec(20, 0.2))
    expect(longer).not.toBe(first)
    expect(longer.vocabulary.pieces).toBe(first.vocabulary.pieces)
    dataset(shared, 'four', spec(20, 0.2))
    expect(dataset(shared, 'five', spec(16, 0.1))).not.toBe(first)
  })

  it('is read again where a file has other texts', () => {
    writeFileSync(path('train.tsv'), texts('birds'))
    const first = dataset(new SharedData(new InputFiles()), 'six', spec(16, 0.1))
    writeFileSync(path('train.tsv'), texts('stones'))
    const second = dataset(new SharedData(new InputFiles()), 'seven', spec(16, 0.1))
    expect(second.vocabulary.pieces).not.toEqual(first.vocabulary.pieces)
  })
})
