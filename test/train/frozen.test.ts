/** Frozen models that are run once an example: the same training, without them in any step. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { nodeDisk } from '../../src/disk/node-disk.ts'
import { leafName } from '../../src/graph/leaf.ts'
import { compileStage, compileTaps } from '../../src/lower/stage.ts'
import type { StageOptions } from '../../src/lower/stage-options.ts'
import type { Runner } from '../../src/run/runner.ts'
import { cacheLimits, placeOf } from '../../src/train/frozen/cache-limits.ts'
import type { FrozenProgress, StepDone } from '../../src/train/observer.ts'
import { ProgramData } from '../../src/train/program-data.ts'
import { Trainer } from '../../src/train/run.ts'
import { RunFolder } from '../../src/train/run-folder.ts'
import type { TrainOptions, TrainOutcome } from '../../src/train/train-options.ts'
import { programOf } from '../lower/spec-run.ts'

const words = 'red blue green old new cold warm sea sky stone river wind'.split(' ')
const sentence = (i: number): string =>
  Array.from({ length: 1 + ((i * 7) % 11) }, (_, k) => words[(i * 5 + k * (i + 3)) % words.length]).join(' ')
const rows = Array.from({ length: 22 }, (_, i) => `${sentence(i)}\t${i % 2 ? 'warm' : 'cold'}`)

const spec = (losses: string, stage: string, data = ''): string => `
import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
import { soften, tinybert_attention, attention_mse } from "std/losses.distill"
data colours {
  train = "train.tsv", text = column("sentence"), label = class(column("label"), ["cold", "warm"])
  tokenizer = wordpiece(size = 60), max_length = 16 ${data}
}
model deep = bert_base with { vocabulary = colours.vocabulary, positions = 16, layers = 4, hidden_size = 16, heads = 2 }
model flat = deep with { layers = 2, hidden_size = 8 }
teacher T : deep { heads { task = classifier(colours.label) } }
student S : flat { heads { task = classifier(colours.label) } }
map g : flat -> deep = uniform
projection W : flat.hidden_size -> deep.hidden_size = linear
loss soft = soften(S.task.logits, T.task.logits, temperature = 2)
loss attended = sum m in 1..S.layers { mse(W(S.hidden[m]), T.hidden[g(m)]) + attention_mse(S.scores[m], T.scores[g(m)]) }
loss everywhere = sum m in 1..S.layers { mse(W(S.hidden[m]), T.hidden[g(m)]) where any } + sum m in 1..S.layers { tinybert_attention(S.scores[m], T.scores[g(m)]) }
stage distil {
  minimize ${losses}
  data = colours, batch = 6, microbatch = 3
  optimizer = adamw(rate = constant(1e-2), clip = 1) ${stage}
}
`
const home = mkdtempSync(join(tmpdir(), 'frozen-'))
let runners: { readonly [name: string]: Runner } = {}
beforeAll(async () => {
  writeFileSync(join(home, 'train.tsv'), ['sentence\tlabel', ...rows, ''].join('\n'))
  runners = {
    reference: await createRunner('reference'),
    cpu: await createRunner('cpu'),
    wasm: await createRunner('wasm'),
  }
})
afterAll(() => {
  rmSync(home, { recursive: true })
  for (const runner of Object.values(runners)) runner.dispose()
})

interface Run {
  readonly steps: readonly StepDone[]
  readonly filled: readonly FrozenProgress[]
  readonly notes: readonly string[]
  readonly outcome: TrainOutcome
  readonly trainer: Trainer
}

let files = 0
function specFile(text: string): string {
  const path = join(home, `spec-${files++}.distill`)
  writeFileSync(path, text)
  return path
}

interface Settings extends Partial<TrainOptions> {
  readonly backend?: string
  readonly passes?: StageOptions['passes']
  readonly out?: string
  readonly resume?: boolean
}

async function train(file: string, settings: Settings = {}): Promise<Run> {
  const { backend = 'cpu', passes, out = join(home, `run-${files++}`), resume, ...rest } = settings
  const program = programOf({ path: file })
  const runner = runners[backend]
  if (!runner) throw new Error(`no ${backend}`)
  const [steps, filled, notes]: [StepDone[], FrozenProgress[], string[]] = [[], [], []]
  const trainer = new Trainer({
    program,
    runner,
    data: new ProgramData(program),
    compileStage: (p, s, o) => compileStage(p, s, { ...o, ...(passes ? { passes } : {}) }),
    compileTaps,
    folder: new RunFolder(out),
    seed: 5,
    randomWeights: true,
    observer: {
      step: (event) => steps.push(event),
      frozen: (event) => filled.push(event),
      note: (text) => notes.push(text),
    },
    ...rest,
  })
  if (resume) trainer.resume()
  return { steps, filled, notes, outcome: await trainer.run(), trainer }
}

const without = { disabled: new Set(['hoist-frozen']) }
const weights = ({ trainer }: Run): readonly Float32Array[] =>
  trainer.store
    .keys()
    .filter((key) => !key.startsWith('T.'))
    .map((key) => trainer.store.get(key).data)

/** Stops a run when it has taken so many steps, or been asked so often. */
const stopAfter = (count: number): (() => boolean) => {
  let asked = 0
  return () => asked++ >= count
}

function requireClose(a: Run, b: Run, tolerance: number): void {
  expect(a.steps.length).toBeGreaterThan(0)
  expect(b.steps.length).toBe(a.steps.length)
  for (const [i, { loss, norm, terms }] of a.steps.entries()) {
    const other = b.steps[i]
    const close = (x: number, y = Number.NaN) =>
      expect(Math.abs(x - y), `step ${i}: ${x}, ${y}`).toBeLessThanOrEqual(tolerance * (1 + Math.abs(x)))
    close(loss, other?.loss)
    close(norm, other?.norm)
    for (const [name, value] of terms) close(value, other?.terms.get(name))
  }
}

describe.each([
  ['logits', spec('soft', ', budget = 2 epochs')],
  ['hidden states and scores where attended', spec('attended', ', budget = 2 epochs')],
  ['hidden states and scores at padding, too', spec('everywhere', ', budget = 2 epochs')],
  [
    'all padded to one length',
    spec('attended + everywhere + soft', ', budget = 2 epochs', ', pad = max_length'),
  ],
])('%s', (_, text) => {
  it.each([
    ['reference', 1e-9],
    ['cpu', 1e-6],
    ['wasm', 1e-6],
  ] as const)('on %s: the losses and gradients of a teacher in every step', async (backend, tolerance) => {
    const file = specFile(text)
    const [kept, computed] = [await train(file, { backend }), await train(file, { backend, passes: without })]
    expect(computed.filled).toEqual([])
    expect(kept.filled.at(-1)).toMatchObject({ stage: 'distil', models: ['T'], done: 22, total: 22 })
    // updates multiply the rounding of the first step
    requireClose(
      { ...computed, steps: computed.steps.slice(0, 1) },
      { ...kept, steps: kept.steps.slice(0, 1) },
      tolerance,
    )
    requireClose(computed, kept, backend === 'reference' ? 1e-6 : 1e-3)
  })
})

it('runs no teacher in any step', async () => {
  const runner = runners.cpu
  if (!runner) throw new Error('no runner')
  const seen: string[] = []
  let filling = true
  const watching: Runner = {
    ...runner,
    name: runner.name,
    run: (graph, request) => {
      const values = runner.run(graph, request)
      for (const node of graph.nodes)
        if (node.op === 'parameter')
          seen.push(`${filling ? 'before' : 'after'} ${leafName(node)?.slice(0, 2)}`)
      return values
    },
    inspect: (...given) => runner.inspect(...given),
    memory: () => runner.memory(),
    dispose: () => {},
  }
  const run = await train(specFile(spec('attended + soft', ', budget = 3 epochs')), {
    runner: watching,
    observer: {
      frozen: ({ done, total }) => {
        filling = done < total
      },
    },
  })
  expect(run.outcome.kind).toBe('finished')
  expect(new Set(seen)).toEqual(new Set(['before T.', 'after S.', 'after W.']))
})

describe('records', () => {
  const text = spec('attended + soft', ', budget = 3 epochs')

  it.each(['cpu', 'wasm'])('are found again by a run that goes on, bit for bit (%s)', async (backend) => {
    const file = specFile(text)
    const whole = await train(file, { backend })
    const out = join(home, `stopped-${backend}`)
    // each batch of records and each step asks once: 8 batches, then in the second epoch
    const first = await train(file, { backend, out, interrupted: stopAfter(8 + 5) })
    expect(first.outcome).toMatchObject({ kind: 'interrupted', step: 5 })
    expect(readdirSync(join(out, 'frozen'))).toEqual(['distil.records'])
    const second = await train(file, { backend, out, resume: true })
    expect(second.filled).toEqual([])
    expect([...first.steps, ...second.steps]).toEqual(whole.steps)
    expect(weights(second)).toEqual(weights(whole))
    expect(existsSync(join(out, 'frozen'))).toBe(false)
  })

  it('are gone on with where their making was interrupted', async () => {
    const file = specFile(text)
    const whole = await train(file)
    const out = join(home, 'half-made')
    const first = await train(file, { out, interrupted: stopAfter(3) })
    expect(first.outcome).toMatchObject({ kind: 'interrupted', step: 0 })
    expect(first.filled.at(-1)?.done).toBe(9)
    // A crash may leave a part of the next batch.
    const records = join(out, 'frozen', 'distil.records')
    writeFileSync(records, Buffer.concat([readFileSync(records), Buffer.alloc(5, 1)]))
    const second = await train(file, { out, resume: true })
    expect(second.filled[0]?.done).toBe(9)
    expect(second.filled.at(-1)?.done).toBe(22)
    expect(second.steps).toEqual(whole.steps)
    expect(weights(second)).toEqual(weights(whole))
  })

  it('of other weights are never used', async () => {
    const file = specFile(text)
    const [a, b] = [join(home, 'seed-5'), join(home, 'seed-6')]
    await train(file, { out: a, seed: 6, interrupted: stopAfter(9) })
    await train(file, { out: b, interrupted: stopAfter(9) })
    copyFileSync(join(a, 'frozen', 'distil.records'), join(b, 'frozen', 'distil.records'))
    const second = await train(file, { out: b, resume: true })
    expect(second.filled.map(({ done }) => done)).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 22])
    expect(weights(second)).toEqual(weights(await train(file)))
  })

  it('that would take too much are not made, and the teacher is run in every step', async () => {
    const file = specFile(text)
    const [kept, computed] = [await train(file), await train(file, { cache: 1000 })]
    expect(computed.filled).toEqual([])
    expect(computed.notes.at(-1)).toMatch(
      /^T: computed in every step, a cache would take \d+ KB and may take 1 KB \(--cache 1GiB allows it\)$/,
    )
    requireClose(kept, computed, 1e-3)
  })

  it('are not made for less than an epoch; a run that goes on does as it did', async () => {
    const file = specFile(text)
    const out = join(home, 'short')
    const first = await train(file, { out, maxSteps: 4, interrupted: stopAfter(2) })
    expect([...first.filled, ...first.notes]).toEqual(first.notes)
    const second = await train(file, { out, maxSteps: 4, resume: true })
    const whole = await train(file, { maxSteps: 4 })
    expect([...second.filled, ...whole.filled]).toEqual([])
    expect(weights(second)).toEqual(weights(whole))
    requireClose(whole, await train(file, { maxSteps: 4, passes: without }), 1e-3)
  })
})

describe('the place of records', () => {
  const [memory, disk] = [2 ** 32, 2 ** 34]

  it.each([
    ['small ones', 2 ** 20, { memory, disk }, { memory: true, disk: true }],
    ['large ones', 2 ** 31, { memory, disk }, { memory: false, disk: true }],
    ['without room on the disk', 2 ** 31, { memory, disk: 0 }, { memory: true, disk: false }],
    ['without room in memory', 2 ** 20, { memory: 0, disk }, { memory: false, disk: true }],
    ['without room, of a run that goes on', 2 ** 20, { memory: 0, disk: 0 }, { memory: false, disk: true }],
  ])('%s', (_, bytes, limits, place) => {
    expect(placeOf(bytes, limits)).toEqual(place)
  })

  it('is there for those that the folder has already', () => {
    const path = mkdtempSync(join(home, 'room-'))
    const folder = new RunFolder(path, { ...nodeDisk, free: () => 1000 })
    expect(cacheLimits(folder, undefined, 'a').disk).toBe(250)
    mkdirSync(folder.frozen)
    writeFileSync(folder.frozenOf('a'), Buffer.alloc(3000))
    expect(cacheLimits(folder, undefined, 'a').disk).toBe(3000)
    expect(cacheLimits(folder, undefined, 'b').disk).toBe(1000)
    expect(cacheLimits(folder, 5000, 'b').disk).toBe(4000)
    expect(cacheLimits(folder, 500, 'a').disk).toBe(500)
  })
})
