import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { type Outcome, distill as run } from '../distill.ts'

/** The command line as a person or a program meets it: exit codes, which stream says what, and the words. */
const root = new URL('../..', import.meta.url).pathname
const golden = (name: string): string => join(root, 'test/golden/cli', `${name}.txt`)

const distill = (...words: string[]): Promise<Outcome> => run(words, { cwd: root, env: { COLUMNS: '100' } })
function temporary(name: string, text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'cli-')), name)
  writeFileSync(path, text)
  return path
}
const fixture = (name: string): string => `test/fixtures/reference/${name}`

describe('usage', () => {
  it.each([
    ['an unknown command', ['chekc', 'specs/demo.distill'], 2, /Did you mean check/],
    ['no spec', ['check'], 2, /missing required argument/],
    ['an unknown flag', ['check', 'specs/demo.distill', '--jsn'], 2, /Did you mean --json/],
    [
      'a trainer for a backend that its runtime has not',
      ['compile', 'specs/demo.distill', '--emit', 'trainer', '--backend', 'onnxruntime'],
      2,
      /a backend that runs single operations, as a trainer program does: native, webgpu/,
    ],
    [
      'a graph that stands alone',
      ['compile', 'specs/demo.distill', '--emit', 'graph', '--standalone'],
      2,
      /--emit cannot be `graph`.*trainer, with --standalone/s,
    ],
    [
      'data in place of a spec',
      ['check', 'test/fixtures/tiny/train.tsv'],
      2,
      /E1112.*train\.tsv is no spec.*does not end in \.distill/s,
    ],
    ['data in place of a spec, to explain', ['explain', 'test/fixtures/tiny/train.tsv'], 2, /is no spec/],
    [
      'a folder that cannot be made',
      ['compile', 'specs/demo.distill', '--emit', 'ast', '--output', '/proc/none/ast.txt'],
      1,
      /cannot write `\/proc\/none`: no folder can be made there/,
    ],
    [
      'an unknown form',
      ['compile', 'specs/demo.distill', '--emit', 'grph'],
      2,
      /Allowed choices are ast, graph, gradient/,
    ],
    [
      'an unknown stage',
      ['compile', 'specs/demo.distill', '--stage', 'leern'],
      2,
      /E1105[\s\S]*did you mean `learn`/,
    ],
    [
      'a stage to explain that is not there',
      ['explain', 'specs/demo.distill', '--stage', 'distill'],
      2,
      /E1105[\s\S]*did you mean `distil`/,
    ],
    ['a memory that is none', ['compile', 'specs/demo.distill', '--memory', '2'], 2, /512MiB or 2GiB/],
    [
      'a stage that does not fit',
      ['train', 'specs/demo.distill', '--memory', '20MiB', '--dry-run'],
      3,
      /E1005[\s\S]*stage learn needs/,
    ],
    ['a number that is none', ['train', 'specs/demo.distill', '--seed', 'abc'], 2, /whole number/],
    ['a setting without a value', ['check', 'specs/demo.distill', '--set', 'x'], 2, /E1101[\s\S]*name=value/],
    ['an unknown code', ['check', '--explain', 'E9999'], 2, /E1102.*no diagnostic has the code/],
    ['an unknown backend', ['train', 'specs/demo.distill', '--backend', 'gpu'], 2, /E1101.*gpu/],
    ['a missing spec', ['check', 'nosuch.distill'], 1, /cannot find nosuch.distill/],
    [
      'a missing file to format',
      ['fmt', 'nosuch.distill'],
      2,
      /E1103.*cannot read `nosuch.distill`: it is not there/,
    ],
  ])('%s', async (_, arguments_, status, words) => {
    const run = await distill(...arguments_)
    expect(run.err).toMatch(words)
    expect(run.out).toBe('')
    expect(run.err).not.toMatch(/\n\s+at .*:\d+:\d+/)
    expect(run.status).toBe(status)
  })

  it('a model of low precision in a trainer program, which computes in float32', async () => {
    const spec = temporary(
      'low.distill',
      `import { bert_base } from "std/bert.distill"
model small = bert_base with { layers = 1, hidden_size = 8, heads = 2, intermediate_size = 16, vocabulary = 9, positions = 4 }
data d { train = "d.tsv", text = column("t"), tokenizer = wordpiece(size = 9), max_length = 4 }
student S : small { precision = bf16 }
stage learn { minimize mean(S.hidden[1] ^ 2), data = d, budget = 1 epochs, batch = 2, optimizer = adam(rate = 1e-3) }
`,
    )
    const run = await distill('compile', spec, '--emit', 'trainer')
    expect(run.err).toMatch(/E1006.*`S` is in bf16, which a trainer program does not have/)
    expect(run.status).toBe(3)
  })

  it('each command has its help', async () => {
    for (const command of [
      'check',
      'fmt',
      'data',
      'explain',
      'compile',
      'train',
      'records',
      'demo',
      'step',
      'eval',
      'predict',
      'doctor',
    ]) {
      const run = await distill(command, '--help')
      expect([command, run.status]).toEqual([command, 0])
      expect(run.out).toMatch(new RegExp(`^Usage: distill ${command}`))
    }
  })
})

describe('check', () => {
  const wrong = temporary(
    'wrong.distill',
    `import { bert_base, tinybert_4 } from "std/bert.distill"
teacher T : bert_base {}
student S : tinybert_4 {}
map g : tinybert_4 -> bert_base = uniform
model wide = bert_base with { hiden_size = 1024 }
loss hidn = sum m in 0..S.layers { mse(S.hidden[m], T.hidden[g(m)]) }
stage s { minimize hidn, batch = 8, optimizer = adam(rate = 1e-3) }
`,
  )

  it('says everything at once, on standard error', async () => {
    const run = await distill('check', wrong)
    expect([run.status, run.out]).toEqual([1, ''])
    await expect(run.err.replaceAll(wrong, 'wrong.distill')).toMatchFileSnapshot(golden('check'))
  })

  it('gives data to programs, on standard output', async () => {
    const run = await distill('check', wrong, '--json')
    const found: { code: string; line: number }[] = JSON.parse(run.out)
    expect(found.map(({ code, line }) => [code, line])).toEqual(expect.arrayContaining([['E0312', 6]]))
    expect([run.status, run.err]).toEqual([1, ''])
  })

  it('lets warnings pass, and counts them apart', async () => {
    const spec = 'test/errors/E0679-tags-without-where.distill'
    const run = await distill('check', '--no-files', spec)
    expect([run.status, run.out]).toEqual([0, ''])
    expect(run.err).toMatch(/^warning\[E0679\]: /)
    expect(run.err.trimEnd().split('\n').at(-1)).toBe(
      `no errors, 1 warning in ${spec}. \`distill check --explain E0679\` says more.`,
    )
    const json = await distill('check', '--no-files', spec, '--json')
    expect([json.status, json.err]).toEqual([0, ''])
    expect(JSON.parse(json.out)).toMatchObject([{ code: 'E0679', severity: 'warning', line: 5 }])
    const explained = await distill('explain', spec, '--json')
    expect([explained.status, explained.err]).toEqual([0, run.err])
    expect(JSON.parse(explained.out)).toMatchObject({ stages: {} })
    expect((await distill('check', '--explain', 'E0679')).out).toMatch(/^E0679: .*\n\nThis is a warning/)
  })

  it('opens the files that the spec names, unless told not to', async () => {
    const tiny = await distill('check', 'test/fixtures/tiny/tiny.distill')
    expect([tiny.status, tiny.err]).toEqual([0, expect.not.stringMatching(/error\[|no-files/)])
    const spec = 'specs/tinybert-4.distill'
    const run = await distill('check', spec, '--json')
    const found: { code: string }[] = JSON.parse(run.out)
    expect([run.status, run.err]).toEqual([1, ''])
    expect(new Set(found.map(({ code }) => code))).toEqual(new Set(['E0801', 'E0808', 'E0912']))
    expect((await distill('check', spec)).err.trimEnd().split('\n').at(-1)).toBe(
      `files may come later: \`distill check --no-files ${spec}\` checks the spec alone`,
    )
    expect(await distill('check', spec, '--no-files')).toEqual({
      status: 0,
      out: '',
      err: `${spec}: nothing wrong; its files were not opened\n`,
    })
  })

  it('says which class of transformers each student is, or why none, as explain does', async () => {
    const spec = 'test/fixtures/tiny/tiny.distill'
    const said = (await distill('check', spec)).err
    expect(said).toMatch(/more\.\nT, S can be exported as BertForSequenceClassification\n$/)
    const { students } = JSON.parse((await distill('explain', spec, '--json')).out)
    for (const name of ['T', 'S'])
      expect(students[name].exports_as.class).toBe('BertForSequenceClassification')
    const folder = mkdtempSync(join(tmpdir(), 'cli-'))
    const path = join(folder, 'pooled.distill')
    const tiny = readFileSync(spec, 'utf8').replaceAll(
      '"train.tsv"',
      `"${resolve('test/fixtures/tiny/train.tsv')}"`,
    )
    const pooled = tiny.replaceAll('"validation.tsv"', `"${resolve('test/fixtures/tiny/validation.tsv')}"`)
    writeFileSync(path, pooled.replace('heads = 2\n', 'heads = 2\n  pooler = mean(output, over = token)\n'))
    const none = (await distill('check', path)).err
    const explained = JSON.parse((await distill('explain', path, '--json')).out)
    expect(none).toContain(
      `T cannot be exported for transformers: ${explained.students.S.exports_as.why}; the same holds for S`,
    )
    rmSync(folder, { recursive: true })
  })

  it('opens the files of every combination of a sweep', async () => {
    const text = (name: string): string => `import { bert_base } from "std/bert.distill"
setting task = "none"
setting rate = 1e-3
data d { train = "{task}.tsv", text = column("text"), tokenizer = wordpiece(size = ${name}) }
student S : bert_base { }
sweep { task = ["one", "two"], rate = [1e-3, 1e-4] }
stage learn { minimize mean(S.hidden[1] ^ 2), data = d, budget = 1 steps, batch = 2, optimizer = adam(rate = rate) }
`
    const folder = mkdtempSync(join(tmpdir(), 'cli-'))
    const write = (name: string, written: string): string => {
      writeFileSync(join(folder, name), written)
      return join(folder, name)
    }
    write('one.tsv', 'text\none\n')
    write('two.tsv', 'txt\ntwo\n')
    const run = await distill('check', write('sweep.distill', text('2_000')))
    expect(run.err.match(/error\[E\d+\]/g)).toEqual(['error[E0802]'])
    expect(run.err).toMatch(
      /two\.tsv:1: there is no column `text`[\s\S]*where the sweep takes task = two, rate = 1e-3/,
    )
    const both = await distill('check', write('sweep.distill', text('7')))
    expect(both.err.match(/error\[E\d+\]/g)).toEqual(['error[E0810]', 'error[E0802]'])
  })

  it('explains a code', async () => {
    const run = await distill('check', '--explain', 'e0312')
    expect(run.status).toBe(0)
    await expect(run.out).toMatchFileSnapshot(golden('explain-code'))
  })
})

describe('fmt', () => {
  const untidy = '// why\nsetting a=1   // one\nsetting   b = [ 1,2 ]\n'
  const tidy = '// why\nsetting a = 1  // one\nsetting b = [1, 2]\n'

  it('prints, and leaves the file', async () => {
    const path = temporary('untidy.distill', untidy)
    expect(await distill('fmt', path)).toEqual({ status: 0, out: tidy, err: '' })
    expect(readFileSync(path, 'utf8')).toBe(untidy)
  })

  it('compares, writes, and is then content', async () => {
    const path = temporary('untidy.distill', untidy)
    expect((await distill('fmt', '--check', path)).status).toBe(1)
    expect(await distill('fmt', '--write', path)).toEqual({ status: 0, out: '', err: '' })
    expect(readFileSync(path, 'utf8')).toBe(tidy)
    expect(await distill('fmt', '--check', path)).toEqual({ status: 0, out: '', err: '' })
  })

  it('touches no file that does not parse', async () => {
    const path = temporary('broken.distill', 'setting a = (1\n')
    const run = await distill('fmt', '--write', path)
    expect(run.status).toBe(1)
    expect(run.err).toMatch(/error\[E00/)
    expect(readFileSync(path, 'utf8')).toBe('setting a = (1\n')
  })
})

describe('compile', () => {
  it('prints what the golden files hold, or writes it', async () => {
    const path = temporary('graph.txt', '')
    const spec = 'test/reference/squad_second_step.distill'
    expect(await distill('compile', spec, '--emit', 'gradient', '-o', path)).toEqual({
      status: 0,
      out: '',
      err: '',
    })
    const wanted = readFileSync(join(root, 'test/golden/gradient/squad_second_step.plain.txt'), 'utf8')
    expect(readFileSync(path, 'utf8')).toBe(wanted)
    const ast = readFileSync(join(root, 'test/golden/ast/squad_second_step.txt'), 'utf8')
    expect((await distill('compile', spec, '--emit', 'ast')).out).toBe(ast)
  })
})

describe('step', () => {
  const spec = 'test/reference/tinybert_general.distill'
  const files = (student: string, batch = fixture('tinybert_general/batch.safetensors')): string[] => [
    ...['--teacher', fixture('tinybert_general/teacher.safetensors'), '--student', student, '--batch', batch],
    ...['--out', mkdtempSync(join(tmpdir(), 'step-')), '--backend', 'cpu'],
  ]

  it.each([
    [
      'no student',
      ['--batch', fixture('tinybert_general/batch.safetensors'), '--out', '/tmp/none'],
      1,
      /E0921.*the weights of \w+ are not given/,
    ],
    ['a file that is not there', files('nosuch.safetensors'), 1, /nosuch.safetensors/],
    ['a foreign file', files('package.json'), 1, /package.json/],
    [
      'another shape',
      files(fixture('tinybert_general/teacher.safetensors')),
      1,
      /\[\d+, \d+\].*\[\d+, \d+\]|is not there|missing/,
    ],
    [
      'a batch of something else',
      files(fixture('tinybert_general/student.safetensors'), fixture('tinybert_general/student.safetensors')),
      1,
      /E0920.*lacks input_ids/,
    ],
  ])('%s is one clear error', async (_, flags, status, words) => {
    const run = await distill('step', spec, ...flags)
    expect(run.err).toMatch(words)
    expect(run.err).not.toMatch(/internal error/)
    expect([run.status, run.out]).toEqual([status, ''])
  })
})

describe('step on a backend that does not start', () => {
  it.each([
    ['gpu', /E1101.*--backend cannot be .gpu[\s\S]*it takes auto, /],
    [
      'tensorflow',
      /E1120.*backend tensorflow does not start: neither[\s\S]*npm install @tensorflow\/tfjs-node/,
    ],
  ])('says so: %s', async (backend, message) => {
    const folder = 'test/fixtures/reference/albert_mlm'
    const files = ['--student', `${folder}/student.safetensors`, '--batch', `${folder}/batch.safetensors`]
    vi.stubEnv('DISTILL_TFJS_NODE', tmpdir())
    const run = await distill(
      ...['step', 'test/reference/albert_mlm.distill', ...files, '--out', '/tmp/none', '--backend', backend],
    )
    vi.unstubAllEnvs()
    expect([run.status, run.out]).toEqual([2, ''])
    expect(run.err).toMatch(message)
  })
})

describe('doctor', () => {
  it('says which backends start, and how fast they are', async () => {
    const facts: {
      auto: string
      backends: { name: string; usable: boolean; gflops?: number; remedy?: string }[]
    } = JSON.parse((await distill('doctor', '--json')).out)
    const usable = facts.backends.filter((b) => b.usable)
    expect(usable.map((b) => b.name)).toEqual(expect.arrayContaining(['cpu', 'wasm']))
    for (const { gflops } of usable) expect(gflops).toBeGreaterThan(0)
    for (const { usable: starts, name, remedy } of facts.backends)
      if (!starts) expect([name, remedy]).toEqual([name, expect.stringMatching(/install/)])
    expect(usable.map((b) => b.name)).toContain(facts.auto)
  })
})
