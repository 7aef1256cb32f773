/** train, eval and predict as a person runs them, on a small spec with data of its own. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Outcome, distill as run } from '../distill.ts'

const tool = resolve('dist/distill.js')
const home = mkdtempSync(join(tmpdir(), 'command-line-'))
afterAll(() => rmSync(home, { recursive: true }))

const words = [
  'bird sings in the tree',
  'stone lies under the water',
  'child runs to the house',
  'river flows past the town',
]
const spec = `
import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
import { soften } from "std/losses.distill"

data notes {
  train = "train.tsv", validation = "dev.tsv"
  text = column("text"), label = class(column("label"), ["animal", "thing", "person", "place"])
  tokenizer = wordpiece(size = 90), max_length = 16
}
model small = bert_base with {
  vocabulary = notes.vocabulary, positions = 16, layers = 1, hidden_size = 16, heads = 2
  without embedding.type
  pooler = mean(output, over = token)
}
student T : small { heads { task = classifier(notes.label) } }
model smaller = small with { hidden_size = 8 }
student S : smaller { heads { task = classifier(notes.label) } }
teacher B : smaller {}
teacher K = T after learn
stage learn {
  minimize cross_entropy(T.task.logits, batch.label)
  data = notes, budget = 6 epochs, batch = 8, microbatch = 4
  optimizer = adamw(rate = linear(3e-2, warmup = 10%), clip = 1), evaluate = [accuracy]
}
stage distil after learn {
  minimize soften(S.task.logits, K.task.logits, temperature = 2)
  data = notes, budget = 6 epochs, batch = 8
  optimizer = adamw(rate = linear(2e-2, warmup = 10%), clip = 1), evaluate = [accuracy, f1], keep = best(accuracy)
}
`

function table(rows: number): string {
  const kinds = ['animal', 'thing', 'person', 'place']
  const lines = Array.from({ length: rows }, (_, i) => {
    const subject = (words[i % 4] ?? '').split(' ')
    return `${kinds[i % 4]}\t${i % 3 === 0 ? 'once ' : ''}${subject.slice(0, 2 + (i % 4)).join(' ')} ${'again '.repeat(i % 5)}`.trim()
  })
  return `label\ttext\n${lines.join('\n')}\n`
}

const distill = (words: readonly string[], input = ''): Promise<Outcome> => run(words, { cwd: home, input })

beforeAll(() => {
  writeFileSync(join(home, 'notes.distill'), spec)
  writeFileSync(join(home, 'train.tsv'), table(64))
  writeFileSync(join(home, 'dev.tsv'), table(20))
})

const train = (out: string, ...more: string[]): string[] => [
  'train',
  'notes.distill',
  '--backend',
  'cpu',
  '--out',
  out,
  ...more,
]

describe('distill train', () => {
  it('shows how it goes and ends with the table; eval and predict read what it left', async () => {
    const run = await distill(train('straight', '--no-term-gradients'))
    expect(run.err).toMatch(/^\S+Z notes\.distill -> straight {3}cpu {3}seed 0\n/)
    expect(run.err).toMatch(
      /\[1\/2 learn\] 48 steps, 8 per epoch {3}peak [\d.]+ KiB of [\d.]+ GiB \(planned\)\n/,
    )
    expect(run.err).toMatch(
      /\[2\/2 distil\] step 8 {3}S on notes\.validation: accuracy \d+\.\d {2}f1 \d+\.\d {3}best so far\n/,
    )
    expect(run.err).toMatch(/ {2}best S: step \d+ of stage distil -> straight\/best\/S\.safetensors\n/)
    expect(run.status).toBe(0)
    const rows = run.out.split('\n').filter((line) => /^ {2}[TS] {2,}small/.test(line))
    expect(rows).toHaveLength(2)
    expect(Number(/T +small +(\d+\.\d)/.exec(rows[0] ?? '')?.[1])).toBeGreaterThan(90)
    expect(existsSync(join(home, 'straight/config.json'))).toBe(true)
    expect(existsSync(join(home, 'straight/checkpoints/last.safetensors'))).toBe(true)
    const log = readFileSync(join(home, 'straight/metrics.jsonl'), 'utf8')
    expect(log).not.toContain('term_gradient_norms')

    const scored = await distill(['eval', 'straight', '--data', 'notes', '--json', '--backend', 'cpu'])
    const named = z.array(z.object({ name: z.string(), metrics: z.record(z.string(), z.number()) }))
    const models = z.object({ models: named, baselines: named })
    const { models: list, baselines } = models.parse(JSON.parse(scored.out))
    expect(list.map(({ name }) => name)).toEqual(['T', 'S'])
    expect(list[0]?.metrics.accuracy).toBeGreaterThan(0.9)
    // Each class is told by its first word, and all are equally many.
    expect(baselines.map(({ name, metrics }) => [name, metrics.accuracy])).toEqual([
      ['most frequent class', 0.25],
      ['naive Bayes on words', 1],
    ])
    const file = models.parse(JSON.parse(readFileSync(join(home, 'straight/report.json'), 'utf8')))
    expect(file.baselines.map(({ metrics }) => metrics.accuracy)).toEqual([0.25, 1])
    expect(run.out).toMatch(
      / 25\.0 .* {2}baseline: most frequent class\n +100\.0 .* {2}baseline: naive Bayes on words\n/,
    )
    expect(run.out).toMatch(
      /\n {2}.*S \([\d.]+\).* not better than naive Bayes on words \(accuracy 100\.0\)\n$/,
    )

    const unnamed = await distill(['eval', 'straight', '--json', '--backend', 'cpu'])
    expect(unnamed.err).toMatch(/^notes\.validation {3}/m)
    const scores = ({ out }: Outcome) => models.parse(JSON.parse(out)).models.map(({ metrics }) => metrics)
    expect(scores(unnamed)).toEqual(scores(scored))

    const at = ['eval', 'straight', '--data', 'notes', '--json', '--backend', 'cpu', '--checkpoint']
    expect((await distill([...at, 'last'])).status).toBe(0)
    expect(await distill(['eval', 'notes.distill', '--data', 'notes', '--checkpoint', 'last'])).toMatchObject(
      {
        status: 2,
        err: expect.stringMatching(/E1101.*--checkpoint/),
      },
    )
    expect(await distill([...at, 'lst'])).toMatchObject({
      status: 2,
      err: expect.stringMatching(/did you mean `last`/),
    })

    const labelled = await distill(
      ['predict', 'straight', '--model', 'T', '--backend', 'cpu'],
      'bird sings in\nchild runs to the\n',
    )
    expect(labelled.out).toMatch(/^animal\t[01]\.\d{4}\nperson\t[01]\.\d{4}\n$/)
    const all = await distill(['predict', 'straight', '--all', '--backend', 'cpu'], 'stone lies under\n')
    expect(all.out).toMatch(/^label\tanimal\tthing\tperson\tplace\nthing(\t[01]\.\d{4}){4}\n$/)
  })

  it('saves at Ctrl-C, says how to go on, and goes on to the same weights', async () => {
    const child = spawn('node', [tool, ...train('broken')], { cwd: home })
    let said = ''
    let killed = false
    child.stderr.on('data', (part: Buffer) => {
      said += part.toString()
      // In the middle of the second stage.
      if (!killed && said.includes('[2/2 distil] step 8 ')) {
        killed = true
        child.kill('SIGINT')
      }
    })
    const code = await new Promise((done) => child.on('exit', done))
    expect(code).toBe(130)
    expect(said).toMatch(
      /saved at step \d+ of stage distil; continue with: distill train notes\.distill --resume --out broken\n$/,
    )
    const resumed = await distill(train('broken', '--resume'))
    expect(resumed.status).toBe(0)
    expect(resumed.err).toMatch(/\[2\/2 distil\] resumes at step \d+ of 48 {3}peak [\d.]+ KiB of /)
    for (const model of ['T', 'S']) {
      const of = (run: string): Buffer => readFileSync(join(home, run, 'best', `${model}.safetensors`))
      expect(of('broken').equals(of('straight'))).toBe(true)
    }
    expect(readFileSync(join(home, 'broken/metrics.jsonl'), 'utf8')).toMatch(
      /"step":20,.*"term_gradient_norms":\{"loss":\d/,
    )
    const steps = (run: string): unknown[] =>
      readFileSync(join(home, run, 'metrics.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) =>
          z
            .object({
              event: z.string().optional(),
              step: z.number().optional(),
              metrics: z.unknown().optional(),
            })
            .parse(JSON.parse(line)),
        )
        .filter(({ event }) => event === 'evaluation' || event === 'memory')
    expect(steps('broken')).toEqual(steps('straight'))
  })

  it('says which texts max_length cuts: when training starts, and of a text to predict', async () => {
    writeFileSync(join(home, 'short.distill'), spec.replace('max_length = 16', 'max_length = 6'))
    const { err } = await distill(['train', 'short.distill', '--backend', 'cpu', '--dry-run'])
    expect(err).toMatch(
      /data notes: max_length = 6 cuts \d+ of 64 training texts; the longest has \d+ tokens\n.*cuts \d+ of 20 validation texts/,
    )
    const args = ['predict', 'straight', '--backend', 'cpu']
    const long = await distill(args, `bird\n${'again '.repeat(20)}\n`)
    expect(long.err).toMatch(/\nline 2: max_length = 16 cuts this text: 16 of its \d+ tokens are read\n$/)
    const json = await distill([...args, '--json'], `${'again '.repeat(20)}\n`)
    expect(JSON.parse(json.out)).toMatchObject({ cut: { read: 16 } })
  })

  it('predict answers every line, empty ones too, and leaves a byte order mark out', async () => {
    const args = ['predict', 'straight', '--backend', 'cpu', '--json']
    const shape = z.object({ text: z.string(), label: z.string() })
    const read = ({ out }: Outcome): string[] =>
      out
        .split('\n')
        .slice(0, -1)
        .map((line) => shape.parse(JSON.parse(line)).text)
    expect(read(await distill(args, '\uFEFFbird sings\r\n\r\n   \nschön 日本'))).toEqual([
      'bird sings',
      '',
      '   ',
      'schön 日本',
    ])
    expect(await distill(args, '')).toEqual({ status: 0, out: '', err: 'straight: S.task   cpu\n' })
  })

  it('--resume refuses a changed spec and changed data; a run folder is not overwritten', async () => {
    expect(await distill(train('straight'))).toMatchObject({ status: 2, err: expect.stringMatching(/E1106/) })
    writeFileSync(join(home, 'notes.distill'), spec.replace('linear(2e-2', 'linear(4e-2'))
    const changed = await distill(train('straight', '--resume'))
    expect(changed.status).toBe(3)
    expect(changed.err).toMatch(/E1002.*straight cannot be continued/)
    expect(changed.err.replace(/\s+/g, ' ')).toMatch(/linear\(2e-2.* is now .*linear\(4e-2/)
    // What is there to be read is the run's own spec, whatever has become of the file.
    expect(await distill(['predict', 'straight', '--backend', 'cpu'], 'stone\n')).toMatchObject({ status: 0 })
    writeFileSync(join(home, 'notes.distill'), `// only a comment\n${spec}`)
    writeFileSync(join(home, 'train.tsv'), table(65))
    expect((await distill(train('straight', '--resume'))).err).toMatch(
      /E1003.*\n.*notes\.train was 64 examples, .* is 65 examples/,
    )
    writeFileSync(join(home, 'train.tsv'), table(64))
    writeFileSync(join(home, 'notes.distill'), spec)
  })

  it('--dry-run takes everything through two steps and keeps nothing', () => {
    mkdirSync(join(home, 'empty'), { recursive: true })
    const run = spawnSync('node', [tool, 'train', '../notes.distill', '--dry-run', '--backend', 'cpu'], {
      cwd: join(home, 'empty'),
      encoding: 'utf8',
    })
    expect(run.stderr).toMatch(
      /dry run: 2 stages of two steps, with evaluation, save and reload, succeeded; nothing was kept\n$/,
    )
    expect(run.status).toBe(0)
    expect(execFileSync('ls', [join(home, 'empty')], { encoding: 'utf8' })).toBe('')
  })

  it('names everything that is missing at once', async () => {
    const wanting = spec
      .replace('"train.tsv"', '"nowhere.tsv"')
      .replace('"dev.tsv"', '"nothing.tsv"')
      .replace('student T : small { ', 'student T : small { weights = "weights/none", ')
    writeFileSync(join(home, 'wanting.distill'), wanting)
    const { status, err } = await distill(['train', 'wanting.distill', '--out', 'never'])
    expect(status).toBe(1)
    for (const name of ['nowhere.tsv', 'nothing.tsv', 'weights/none']) expect(err).toContain(name)
    expect(existsSync(join(home, 'never'))).toBe(false)
  })

  it('learns from no model that nothing has trained, unless it is told to', async () => {
    const noise = spec.replace('K = T after learn', 'K : small { heads { task = classifier(notes.label) } }')
    writeFileSync(join(home, 'noise.distill'), noise)
    const { status, err } = await distill(['train', 'noise.distill', '--out', 'never'])
    expect([status, err]).toEqual([1, expect.stringMatching(/^error\[E0511\]: K is read in stage distil/m)])
    expect(existsSync(join(home, 'never'))).toBe(false)
    const tried = await distill([
      'train',
      'noise.distill',
      '--dry-run',
      '--random-weights',
      '--backend',
      'cpu',
    ])
    expect([tried.status, tried.err]).toEqual([0, expect.stringContaining('dry run: 2 stages')])
  })

  it('stops where a loss is no number any more, with exit code 3', async () => {
    const bad = spec.replace(
      'minimize cross_entropy(T.task.logits, batch.label)',
      'minimize cross_entropy(T.task.logits, batch.label) + 0 * mean(log(0.06 - progress + 0 * T.task.logits))',
    )
    writeFileSync(join(home, 'bad.distill'), bad)
    const { status, err } = await distill([
      'train',
      'bad.distill',
      '--out',
      'bad',
      '--backend',
      'cpu',
      '--stage',
      'learn',
    ])
    expect(err).toMatch(
      /^error\[E1001\]: stopped at step 4 of stage learn: .* became NaN\n {2}= help: first in .*\n +batch of \d+ examples: train\.tsv lines .*\n/m,
    )
    expect(status).toBe(3)
  })

  it('refuses to score a model on texts or pieces that its tables have no rows for', async () => {
    const other = (more: string): string =>
      spec.replace(
        'model small',
        `data other { test = "dev.tsv", text = column("text")
  label = class(column("label"), ["animal", "thing", "person", "place"]), ${more} }
model small`,
      )
    const evaluate = (more: string) => {
      writeFileSync(join(home, 'other.distill'), other(more))
      return distill(['eval', 'other.distill', '--data', 'other', '--random-weights', '--backend', 'cpu'])
    }
    expect((await evaluate('tokenizer = notes.tokenizer, max_length = 16')).status).toBe(0)
    const long = await evaluate('tokenizer = notes.tokenizer, max_length = 40')
    expect([long.status, long.err.match(/error\[E\d+\]/g)]).toEqual([1, ['error[E0376]']])
    expect(long.err).toMatch(/max_length = 40[\s\S]*texts of up to 40 tokens, on which T is scored/)
    const pieces = await evaluate('train = "train.tsv", tokenizer = wordpiece(size = 100), max_length = 16')
    expect(pieces.err).toMatch(/error\[E0850\]/)
  })

  it('an unknown stage, model or data block is a usage error with a did-you-mean', async () => {
    expect(await distill(train('never', '--stage', 'lern'))).toMatchObject({
      status: 2,
      err: expect.stringMatching(/did you mean `learn`/),
    })
    expect(await distill(['eval', 'straight', '--data', 'note'])).toMatchObject({
      status: 2,
      err: expect.stringMatching(/did you mean `notes`/),
    })
    const untrained = spec.replace(', validation = "dev.tsv"', '').replaceAll(/, evaluate = .*$/gm, '')
    writeFileSync(join(home, 'untrained.distill'), untrained)
    expect(await distill(['eval', 'untrained.distill', '--random-weights'])).toMatchObject({
      status: 1,
      err: expect.stringMatching(/E0731.*no data block with a test or validation file has labels for a head/),
    })
    expect(await distill(['predict', 'straight', '--model', 'Q'])).toMatchObject({
      status: 2,
      err: expect.stringMatching(/E1105/),
    })
    expect(await distill(['predict', 'straight', '--model', 'B'])).toMatchObject({
      status: 3,
      err: expect.stringMatching(/E1004.*B has no head/),
    })
    expect(await distill(['predict', 'nowhere'])).toMatchObject({
      status: 2,
      err: expect.stringMatching(/E1107/),
    })
  })
})
