import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts'
import { prepare, programOf } from '../lower/spec-run.ts'

/** A spec whose data, labels, tokenizer and weights are not here: only `check` and `train` need them. */
const tool = new URL('../../dist/distill.js', import.meta.url).pathname
const home = mkdtempSync(join(tmpdir(), 'without-files-'))
afterAll(() => rmSync(home, { recursive: true }))

const specOf = (weights: string, data: string, precision = ''): string => `
import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
import { soften } from "std/losses.distill"
data reviews { ${data}, text = column("text"), max_length = 8 }
model small = bert_base with { vocabulary = 40, positions = 16, layers = 1, hidden_size = 8, heads = 2, intermediate_size = 16 }
teacher T : small { weights = "${weights}"${precision}, heads { task = classifier(2) } }
student S : small { weights = "${weights}", heads { task = classifier(2) } }
stage learn {
  minimize soften(S.task.logits, T.task.logits)
  data = reviews, budget = 3 epochs, batch = 2, optimizer = adam(rate = 1e-3)
}
`
const absent = `train = "none/train.tsv", validation = "none/dev.tsv", label = class(column("label"), file("none/labels.txt"))
  tokenizer = "none/tokenizer", mask { probability = 15% }, augment { vectors = "none/vectors.txt" }`
const text = specOf('none/weights', absent)
writeFileSync(join(home, 'spec.distill'), text)
writeFileSync(join(home, 'low.distill'), specOf('none/weights', absent, ', precision = bf16'))

function distill(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [tool, ...args], {
    cwd: home,
    encoding: 'utf8',
  })
  return { status, out: stdout, err: stderr }
}

describe('without the files that a spec names', () => {
  it('check and train tell that they are missing', () => {
    for (const command of ['check', 'train']) {
      const { status, err } = distill(command, 'spec.distill')
      expect(status).toBe(1)
      for (const name of [
        'none/train.tsv',
        'none/labels.txt',
        'none/vectors.txt',
        'none/tokenizer',
        'none/weights',
      ])
        expect(err).toContain(name)
    }
  })
  it.each([
    ['check --no-files'],
    ['explain'],
    ['explain --json'],
    ['compile --emit ast'],
    ['compile --emit graph'],
    ['compile --emit gradient'],
    ['compile --emit plan'],
    ['compile --emit trainer'],
    ['graph -o graph.html'],
    ['profile --backend cpu'],
  ])('%s works', (command) => {
    const { status, err } = distill(...command.split(' '), 'spec.distill')
    expect([status, err]).toEqual([0, expect.not.stringMatching(/error|none/)])
  })
  it('explain works, and says why models in low precision were not compared with float32', () => {
    const { status, out } = distill('explain', 'low.distill')
    expect([status, out]).toEqual([
      0,
      expect.stringMatching(/stage learn: not compared with float32: .*none/),
    ])
  })
  it('step works on given weights and a given batch', () => {
    const program = programOf({ text })
    const [stage] = program.stages
    if (!stage) throw new Error('no stage')
    const { store } = prepare(program, stage)
    for (const [name, { parameters }] of program.instances) {
      const own = parameters.filter(({ path, canonical }) => path === canonical)
      const tensors = own.map(
        ({ path, shape }) => [path, { shape, data: store.get(`${name}.${path}`).data }] as const,
      )
      writeSafetensors(join(home, `${name}.safetensors`), new Map(tensors), 'none')
    }
    const ids = Float32Array.from({ length: 8 }, (_, k) => 3 + k)
    writeSafetensors(
      join(home, 'batch.safetensors'),
      new Map([['input_ids', { shape: [2, 4], data: ids }]]),
      'none',
    )
    const given = ['--teacher', 'T.safetensors', '--student', 'S.safetensors', '--batch', 'batch.safetensors']
    const { status, err } = distill('step', 'spec.distill', ...given, '--out', 'out', '--backend', 'cpu')
    expect([status, err]).toEqual([0, expect.not.stringContaining('none')])
    expect([...readSafetensors(join(home, 'out/gradients.safetensors')).keys()]).toContain(
      'task.logits.weight',
    )
  })
  it('train and eval with --random-weights need no folders of weights', () => {
    const data = `train = "train.tsv", validation = "train.tsv", label = class(column("label"), ["a", "b"])
  tokenizer = wordpiece(size = 40)`
    writeFileSync(join(home, 'random.distill'), specOf('none/weights', data))
    writeFileSync(join(home, 'train.tsv'), 'text\tlabel\nab ba\ta\nba ab\tb\n')
    const random = ['--random-weights', '--backend', 'cpu']
    const run = distill('train', 'random.distill', '--dry-run', ...random)
    expect([run.status, run.err]).toEqual([0, expect.stringContaining('dry run: 1 stage')])
    expect(distill('eval', 'random.distill', '--data', 'reviews', ...random).status).toBe(0)
  })
})
