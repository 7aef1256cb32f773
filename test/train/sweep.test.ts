/** Sweeps as a person runs them: a small spec with data of its own, trained by the built tool. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Outcome, distill as run } from '../distill.ts'

const tool = resolve('dist/distill.js')
const home = mkdtempSync(join(tmpdir(), 'sweep-'))
afterAll(() => rmSync(home, { recursive: true }))

const spec = `
import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
setting rate = 3e-2
setting width = 8
setting epochs_of_all = 3 epochs
data notes {
  train = "train.tsv", validation = "dev.tsv"
  text = column("text"), label = class(column("label"), ["animal", "thing"])
  tokenizer = wordpiece(size = 60), max_length = 16
}
model small = bert_base with {
  vocabulary = notes.vocabulary, positions = 16, layers = 1, hidden_size = width, heads = 2
  without embedding.type
  pooler = mean(output, over = token)
}
student S : small { heads { task = classifier(notes.label) } }
stage learn {
  minimize cross_entropy(S.task.logits, batch.label)
  data = notes, budget = epochs_of_all, batch = 8
  optimizer = adamw(rate = linear(rate, warmup = 10%)), evaluate = [accuracy], keep = best(accuracy)
}
sweep { rate = [1e-5, 3e-2] }
`

function table(rows: number): string {
  const lines = Array.from({ length: rows }, (_, i) =>
    i % 2 === 0
      ? `animal\t${'bird '.repeat(1 + (i % 3))}sings`
      : `thing\t${'stone '.repeat(1 + (i % 4))}lies`,
  )
  return `label\ttext\n${lines.join('\n')}\n`
}

/** Log lines begin with the time, which is left out here. */
const distill = async (...words: string[]): Promise<Outcome> => {
  const outcome = await run(words, { cwd: home })
  return { ...outcome, err: outcome.err.replaceAll(/^\d{4}-\d\d-\d\dT[\d:]+Z /gm, '') }
}
const train = async (file: string, out: string, ...more: string[]) =>
  await distill('train', file, '--backend', 'cpu', '--out', out, ...more)
const at = (...parts: string[]) => join(home, ...parts)

beforeAll(() => {
  writeFileSync(at('notes.distill'), spec)
  writeFileSync(at('long.distill'), spec.replace('3 epochs', '200 epochs').replace(/^sweep.*$/m, ''))
  writeFileSync(at('train.tsv'), table(32))
  writeFileSync(at('dev.tsv'), table(10))
})

describe('a sweep', () => {
  it('trains every combination with every seed, and marks the best', async () => {
    const { status, out, err } = await train('notes.distill', 'grid', '--seeds', '2')
    expect(err).toMatch(/^\[1\/4\] rate = 1e-5, seed 0\n/)
    expect(err).toMatch(/\n\[4\/4\] rate = 3e-2, seed 1\n/)
    expect(out).toMatch(
      /^\n2 combinations of rate, 2 seeds each\n {2}rate +S accuracy\n {2}1e-5 +\d+\.\d \+- \d+\.\d\n {2}3e-2 +100\.0 \+- 0\.0 \*\n {2}\* the best\n {2}baseline /,
    )
    expect(status).toBe(0)
    for (const run of ['rate=1e-5/seed-0', 'rate=1e-5/seed-1', 'rate=3e-2/seed-0', 'rate=3e-2/seed-1'])
      expect(existsSync(at('grid', run, 'best/S.safetensors'))).toBe(true)
    const config = JSON.parse(readFileSync(at('grid/rate=3e-2/seed-1/config.json'), 'utf8'))
    expect(config).toMatchObject({ seed: 1, settings: { rate: '3e-2' } })
  })

  it('runs nothing again that is finished, and what is new where values or seeds are added', async () => {
    const weights = at('grid/rate=3e-2/seed-0/best/S.safetensors')
    const written = statSync(weights).mtimeMs
    const again = await train('notes.distill', 'grid', '--seeds', '2')
    expect(again.err).toBe(
      [
        ...['1e-5, seed 0', '1e-5, seed 1', '3e-2, seed 0', '3e-2, seed 1'].map(
          (run, i) => `[${i + 1}/4] rate = ${run}: finished before\n`,
        ),
        'all 4 runs were finished before: grid\n',
      ].join(''),
    )
    expect(again.out).toMatch(/^ {2}3e-2 +100\.0 \+- 0\.0 \*$/m)

    writeFileSync(at('notes.distill'), `// a comment\n${spec.replace('[1e-5, 3e-2]', '[1e-5, 1e-2, 3e-2]')}`)
    const more = await train('notes.distill', 'grid', '--seeds', '2', '--json')
    expect(more.err.match(/finished before/g)).toHaveLength(4)
    expect(more.err).toMatch(/^\[3\/6\] rate = 1e-2, seed 0\nnotes\.distill -> /m)
    expect(statSync(weights).mtimeMs).toBe(written)
    const shape = z.object({
      combinations: z.array(
        z.object({
          settings: z.record(z.string(), z.string()),
          runs: z.number(),
          metrics: z.array(
            z.object({ model: z.string(), values: z.array(z.number()), mean: z.number(), best: z.boolean() }),
          ),
        }),
      ),
      runs: z.array(z.object({ path: z.string() })),
    })
    const { combinations, runs } = shape.parse(JSON.parse(more.out))
    expect(combinations.map(({ settings }) => settings.rate)).toEqual(['1e-5', '1e-2', '3e-2'])
    expect(combinations.map((one) => one.runs)).toEqual([2, 2, 2])
    expect(combinations[2]?.metrics).toEqual([
      expect.objectContaining({ model: 'S', values: [1, 1], mean: 1, best: true }),
    ])
    expect(runs).toHaveLength(6)
    writeFileSync(at('notes.distill'), spec)
  })

  it('refuses runs of another spec, other data or other settings; --rerun trains those again and no others', async () => {
    writeFileSync(at('notes.distill'), spec.replace('warmup = 10%', 'warmup = 20%'))
    const { status, err } = await train('notes.distill', 'grid', '--seeds', '2')
    expect(status).toBe(3)
    expect(err.replace(/\s+/g, ' ')).toMatch(
      /E1014.*grid\/rate=1e-5\/seed-0 was made from something else.*warmup = 10%.* is now .*warmup = 20%.*3 others of its runs too.*--rerun/,
    )
    expect(existsSync(at('grid/rate=1e-5/seed-0/report.json'))).toBe(true)
    writeFileSync(at('notes.distill'), spec)

    // Only one of the runs is of another seed's spec.
    const config = at('grid/rate=1e-5/seed-1/config.json')
    writeFileSync(config, readFileSync(config, 'utf8').replace('"rate": "1e-5"', '"rate": "2e-5"'))
    const rerun = await train('notes.distill', 'grid', '--seeds', '2', '--rerun')
    expect(rerun.err).toMatch(
      /^note: grid\/rate=1e-5\/seed-1 came from another spec or other files, so it is trained again\n/,
    )
    expect(rerun.err.match(/finished before/g)).toHaveLength(3)
    expect(rerun.status).toBe(0)

    writeFileSync(at('dev.tsv'), table(12))
    expect((await train('notes.distill', 'grid', '--seeds', '2')).err).toMatch(
      /E1014[\s\S]*dev\.tsv has changed/,
    )
    writeFileSync(at('dev.tsv'), table(10))
  })

  it('goes on where it was interrupted, with what the command line swept', async () => {
    const args = ['train', 'long.distill', '--backend', 'cpu', '--out', 'cut', '--sweep', 'width=4,8']
    const child = spawn('node', [tool, ...args, '--max-steps', '60'], { cwd: home })
    let said = ''
    let killed = false
    child.stderr.on('data', (part: Buffer) => {
      said += part.toString()
      if (killed || !/\[2\/2\] width = 8[\s\S]*step 8 /.test(said)) return
      killed = true
      child.kill('SIGINT')
    })
    expect(await new Promise((done) => child.on('exit', done))).toBe(130)
    expect(said).toMatch(
      /saved at step \d+ of stage learn; continue with: distill train long\.distill --resume --out cut\n$/,
    )
    const resumed = await distill('train', 'long.distill', '--backend', 'cpu', '--resume', '--out', 'cut')
    expect(resumed.status).toBe(0)
    expect(resumed.err).toMatch(/^\[1\/2\] width = 4: finished before\n\[2\/2\] width = 8\n/)
    expect(resumed.err).toMatch(/resumes at step \d+ of 60/)
    expect(resumed.out).toMatch(/^2 combinations of width\n {2}width +S accuracy\n/m)
    const whole = await train('long.distill', 'whole', '--set', 'width=8', '--max-steps', '60')
    expect(whole.status).toBe(0)
    const weights = (...run: string[]) => readFileSync(at(...run, 'best/S.safetensors'))
    expect(weights('cut', 'width=8', 'seed-0').equals(weights('whole'))).toBe(true)
  })

  it('leaves a folder alone that another process trains in, and takes over from one that is gone', async () => {
    const args = ['train', 'long.distill', '--backend', 'cpu', '--set', 'width=4', '--out', 'held']
    const child = spawn('node', [tool, ...args], { cwd: home })
    let said = ''
    await new Promise<void>((ready) => {
      child.stderr.on('data', (part: Buffer) => {
        said += part.toString()
        if (/ step 8 /.test(said)) ready()
      })
    })
    const second = await distill(...args, '--resume')
    expect(second.status).toBe(2)
    expect(second.err).toMatch(new RegExp(`E1115.*held is in use by process ${child.pid}, since `))
    child.kill('SIGKILL')
    await new Promise((done) => child.on('exit', done))
    expect(existsSync(at('held/lock'))).toBe(true)
    // Killed where it stood; what it logged after its last checkpoint is done again.
    const resumed = await distill(...args, '--resume', '--max-steps', '800')
    expect(resumed.err).toMatch(/E1002.*held cannot be continued/)
    expect(existsSync(at('held/lock'))).toBe(false)

    // A lock of another machine holds, whatever its process.
    const lock = { pid: 1, host: 'elsewhere', since: '2026-01-01T00:00:00.000Z' }
    writeFileSync(at('held/lock'), JSON.stringify(lock))
    expect((await distill(...args, '--resume')).err).toMatch(
      /E1115.*process 1 of elsewhere[\s\S]*delete held\/lock/,
    )
    rmSync(at('held/lock'))

    // One that was killed before its first checkpoint begins again.
    const short = ['--max-steps', '3']
    expect((await train('notes.distill', 'early', '--set', 'rate=1e-2', ...short)).status).toBe(0)
    const weights = readFileSync(at('early/best/S.safetensors'))
    for (const name of ['checkpoints', 'best', 'report.json']) rmSync(at('early', name), { recursive: true })
    const config = readFileSync(at('early/config.json'), 'utf8')
    // A run whose checkpoints were deleted does not.
    expect((await distill('train', 'notes.distill', '--out', 'early', '--resume')).err).toContain('E1016')
    writeFileSync(at('early/config.json'), JSON.stringify({ ...JSON.parse(config), saved: undefined }))
    expect((await train('notes.distill', 'early', '--resume')).status).toBe(0)
    expect(readFileSync(at('early/best/S.safetensors')).equals(weights)).toBe(true)
  })

  it('leaves out what --set fixes, and takes seeds alone', async () => {
    const one = await train('notes.distill', 'fixed', '--set', 'rate=1e-2', '--max-steps', '2')
    expect(existsSync(at('fixed/config.json'))).toBe(true)
    expect(one.out).toMatch(/^ {2}S +small/m)
    const seeds = await train(
      'notes.distill',
      'seeds',
      '--set',
      'rate=1e-2',
      '--max-steps',
      '2',
      '--seeds',
      '2',
    )
    expect(seeds.out).toMatch(
      /^\n2 seeds\n {2}S {2}accuracy {2}\d+\.\d \+- \d+\.\d {3}\(\d+\.\d, \d+\.\d\)\n {2}baseline /,
    )
    expect(existsSync(at('seeds/seed-1/report.json'))).toBe(true)
  })

  it('goes on with the other combinations where one stops, and says so', async () => {
    const bad = spec
      .replace('setting rate', 'setting factor = 1\nsetting rate')
      .replace(
        'minimize cross',
        'minimize factor * mean(log(0.06 - progress + 0 * S.task.logits)) * 0 + cross',
      )
      .replace('rate = [1e-5, 3e-2]', 'factor = [1, 0]')
    writeFileSync(at('bad.distill'), bad)
    const { status, err, out } = await train('bad.distill', 'bad', '--max-steps', '20')
    expect(err).toMatch(/\[2\/2\] factor = 0\n/)
    expect(out).toMatch(/factor = [01], seed 0: stopped at step \d+ of stage learn: .* became NaN/)
    expect(status).toBe(3)
  })

  it('is checked in every combination before anything is trained', async () => {
    writeFileSync(at('odd.distill'), spec.replace('rate = [1e-5, 3e-2]', 'width = [8, 9]'))
    for (const command of [
      ['check', 'odd.distill'],
      ['train', 'odd.distill', '--out', 'never'],
    ]) {
      const { status, err } = await distill(...command)
      expect(status).toBe(1)
      expect(err).toMatch(/E0205|E0303|E0111/)
      expect(err).toMatch(/so it is where the sweep takes width = 9/)
    }
    expect(existsSync(at('never'))).toBe(false)
    const unknown = await train('notes.distill', 'never', '--sweep', 'rat=1,2')
    expect(unknown).toMatchObject({
      status: 1,
      err: expect.stringMatching(/E0106[\s\S]*did you mean `rate`/),
    })
    const empty = await train('notes.distill', 'never', '--sweep', 'rate=')
    expect(empty).toMatchObject({ status: 2, err: expect.stringMatching(/E1101.*--sweep/) })
  })

  it('is no run: eval, predict and export say which to name, the best first', async () => {
    const { status, err } = await distill('predict', 'grid')
    expect(status).toBe(2)
    expect(err).toMatch(
      /E1114.*grid holds 4 finished runs, not one\n[\s\S]*the best first:\n(?: +grid\/.*\n){3} +grid\/rate=1e-5\/seed-1/,
    )
    expect((await train('notes.distill', 'grid/rate=3e-2/seed-0', '--set', 'rate=3e-2')).err).toMatch(/E1106/)
  })

  it('is compared combination by combination, and with runs of other specs', async () => {
    const seeds = await distill('compare', 'grid/rate=1e-5', 'grid/rate=3e-2')
    expect(seeds.status).toBe(0)
    expect(seeds.out).toMatch(
      /^ {2}rate=1e-5 {2}grid\/rate=1e-5: notes\.distill, 2 seeds\n {2}rate=3e-2 {2}grid\/rate=3e-2/,
    )
    expect(seeds.out).toMatch(/^ {2}rate +1e-5 +3e-2$/m)
    expect(seeds.out).toMatch(/^ {2}rate=1e-5 -> rate=3e-2: the specs are equal$/m)
    expect(seeds.out).toMatch(/^ {2}S {2}accuracy +\d+\.\d \+- \d+\.\d +100\.0 \+- 0\.0 +\+\d+\.\d$/m)
    expect(seeds.out).toMatch(/^ {2}equal: .*S parameters [\d,]+/m)

    const one = ['grid/rate=3e-2/seed-0', 'cut/width=4/seed-0']
    const other = await distill('compare', ...one)
    expect(other.out).toContain(
      '  the spec\n    - setting epochs_of_all = 3 epochs\n    + setting epochs_of_all = 200 epochs\n',
    )
    expect(other.out).toMatch(/^ {2}width +not set +4$/m)
    expect(other.out).toMatch(/^ {2}--max-steps +not set +60$/m)
    const shape = z.object({
      results: z.array(z.object({ name: z.string(), values: z.array(z.object({ mean: z.number() })) })),
      specs: z.array(z.object({ files: z.array(z.object({ hunks: z.array(z.unknown()) })) })),
    })
    const json = shape.parse(JSON.parse((await distill('compare', ...one, '--json')).out))
    const [left, right] = json.results.find(({ name }) => name === 'parameters')?.values ?? []
    expect(right?.mean).toBeLessThan(left?.mean ?? 0)
    expect(json.specs[0]?.files[0]?.hunks).toHaveLength(1)

    expect(await distill('compare', 'grid', 'cut/width=4')).toMatchObject({
      status: 2,
      err: expect.stringMatching(/E1114/),
    })
    rmSync(at('cut/width=4/seed-0/report.json'))
    expect((await distill('compare', ...one)).err).toMatch(/E1107.*cut\/width=4\/seed-0 is not finished/)
    expect((await distill('compare', 'nowhere', 'grid')).err).toMatch(/E1107.*nowhere is not there/)
  })

  it('--dry-run tries every combination and keeps nothing', async () => {
    const { status, err } = await distill('train', 'notes.distill', '--backend', 'cpu', '--dry-run')
    expect(err.match(/dry run: 2 stages of two steps/g)).toHaveLength(1)
    expect(status).toBe(0)
    expect(existsSync(at('runs'))).toBe(false)
  })
})

describe('a sweep over a student', () => {
  const taught = spec
    .replace('setting rate = 3e-2', 'setting rate = 3e-2\nsetting soft = 2')
    .replace('sweep { rate = [1e-5, 3e-2] }', 'sweep { soft = [1, 2] }')
    .concat(`teacher K = S after learn
student P : small { heads { task = classifier(notes.label) } }
stage distil after learn {
  minimize mse(P.task.logits, K.task.logits) / soft
  data = notes, budget = 2 epochs, batch = 8, optimizer = adamw(rate = 1e-2), evaluate = accuracy on notes
}
`)
  const tableShape = z.object({
    trained: z.array(z.string()),
    models: z.array(
      z.looseObject({ latency_ms: z.number(), latency_from: z.string().optional(), faster: z.number() }),
    ),
    baselines: z.array(z.unknown()),
  })
  /** The report of a run; `scores` is all that is not a time. */
  const tableOf = (run: string) => {
    const { models, ...rest } = tableShape.parse(JSON.parse(readFileSync(at(run, 'report.json'), 'utf8')))
    return {
      scores: {
        ...rest,
        models: models.map(({ latency_ms: _, latency_from: __, faster: ___, ...own }) => own),
      },
      latencies: models.map(({ latency_ms }) => latency_ms),
      from: models.map(({ latency_from }) => latency_from),
    }
  }
  const bytes = (...parts: string[]) => readFileSync(at(...parts)).toString('base64')

  it('trains the teacher once, and each run is equal to one of its own, and needs no other folder', async () => {
    writeFileSync(at('taught.distill'), taught)
    const { status, err } = await train('taught.distill', 'taught', '--seeds', '2')
    expect(status).toBe(0)
    const taken = [...err.matchAll(/\[1\/2 learn\] as in (\S+)/g)].map(([, from]) => from)
    expect(taken).toEqual(['taught/soft=1/seed-0', 'taught/soft=1/seed-1'])
    const alone = await train('taught.distill', 'alone', '--set', 'soft=2', '--seed', '1')
    expect(alone.status).toBe(0)
    for (const file of ['best/S.safetensors', 'best/P.safetensors', 'tokenizers/notes/vocab.txt'])
      expect(bytes('taught/soft=2/seed-1', file)).toBe(bytes('alone', file))
    // The teacher's scores and single answers, the baselines and the latencies were taken over.
    const answers = 'answers/notes.validation.json'
    expect(bytes('taught/soft=2/seed-1', answers)).toBe(bytes('alone', answers))
    expect(tableOf('taught/soft=2/seed-1').scores).toEqual(tableOf('alone').scores)
    expect(tableOf('alone').from).toEqual([undefined, undefined])
    const first = tableOf('taught/soft=1/seed-0')
    expect(first.from).toEqual([undefined, undefined])
    for (const run of ['taught/soft=1/seed-1', 'taught/soft=2/seed-0', 'taught/soft=2/seed-1']) {
      expect(tableOf(run).from).toEqual(['taught/soft=1/seed-0', 'taught/soft=1/seed-0'])
      expect(tableOf(run).latencies).toEqual(first.latencies)
    }
    // What is kept for values that are added later is the teacher of each seed alone.
    expect(readdirSync(at('taught/shared')).map((name) => name.split('-')[0])).toEqual(['stage', 'stage'])
    const more = await train('taught.distill', 'taught', '--seeds', '2', '--sweep', 'soft=1,2,4')
    expect(more.err.match(/\[1\/2 learn\] as in taught\/soft=1\/seed-[01]/g)).toHaveLength(2)

    rmSync(at('taught/shared'), { recursive: true })
    rmSync(at('taught/soft=1'), { recursive: true })
    const scored = await distill('eval', 'taught/soft=2/seed-0', '--backend', 'cpu')
    expect(scored.status).toBe(0)
    expect(scored.err).toMatch(/^notes\.validation {3}/m)
  })
})
