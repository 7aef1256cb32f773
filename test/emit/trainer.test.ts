import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { checkFile } from '../../src/check/check.ts'
import { emitTrainer } from '../../src/emit/trainer.ts'
import { compileStage, compileTaps } from '../../src/lower/stage.ts'
import { openMachine } from '../../src/runtime/machines.ts'
import type { Step } from '../../src/runtime/value.ts'
import { ProgramData } from '../../src/train/program-data.ts'
import { Trainer } from '../../src/train/run.ts'
import { RunFolder } from '../../src/train/run-folder.ts'

const root = new URL('../..', import.meta.url).pathname
const tiny = join(root, 'test/fixtures/tiny')
let home = ''

/** Layers of a student learn from layers of a teacher, in micro-batches, clipped, with groups of weights, a schedule and a moving weight. */
const recipe = `
import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
import { soften, tinybert_attention } from "std/losses.distill"
data colours {
  train = "train.tsv", validation = "validation.tsv"
  text = column("sentence"), label = class(column("label"), ["cold", "warm"])
  tokenizer = wordpiece(size = 96), max_length = 16
}
model deep = bert_base with { vocabulary = colours.vocabulary, positions = 16, layers = 6, hidden_size = 16, heads = 2 }
model flat = deep with { layers = 3, hidden_size = 8 }
teacher T : deep { heads { task = classifier(colours.label) } }
student S : flat { heads { task = classifier(colours.label) } }
map g : flat -> deep = uniform
projection W : flat.hidden_size -> deep.hidden_size = linear
loss hidn = sum m in 0..S.layers { mse(W(S.hidden[m]), T.hidden[g(m)]) where any }
loss attn = sum m in 1..S.layers { tinybert_attention(S.scores[m], T.scores[g(m)]) }
stage intermediate {
  minimize hidn + attn * (1 - progress)
  data = colours, budget = 4 steps, batch = 8, microbatch = 2
  optimizer = bert_adam(rate = linear(5e-3, warmup = 10%), weight_decay = 0.01) except [**.bias, **.scale] { weight_decay = 0 }
}
stage prediction after intermediate {
  minimize soften(S.task.logits, T.task.logits, temperature = 2)
  data = colours, budget = 5 steps, batch = 8, microbatch = 4
  optimizer = adamw(rate = linear(5e-3, warmup = 10%), weight_decay = 0.01, clip = 1)
  evaluate = [accuracy], keep = best(accuracy)
}
`

function programOf(file: string) {
  const { program } = checkFile(file)
  if (!program) throw new Error(`${file} has errors`)
  return program
}

/** What the trainer says of each step, with all digits. */
async function trained(file: string, backend: 'cpu' | 'wasm', out: string): Promise<string[]> {
  const program = programOf(file)
  const folder = new RunFolder(out)
  const lines: string[] = []
  const runner = await createRunner(backend)
  try {
    const trainer = new Trainer({
      program,
      runner,
      counter: await createRunner('reference'),
      data: new ProgramData(program, folder.tokenizers),
      compileStage,
      compileTaps,
      folder,
      seed: 3,
      maxSteps: 4,
      randomWeights: true,
      observer: {
        step: ({ stage, step, loss, terms, norm }) => {
          const values = [...terms].map(([name, value]) => `${name} ${value}`).join('  ')
          lines.push(`${stage} ${step}/4  loss ${loss}  ${values}  |g| ${norm}`)
        },
      },
    })
    await trainer.run()
  } finally {
    runner.dispose()
  }
  return lines
}

function run(program: string, ...options: string[]): string {
  return execFileSync(join(root, 'node_modules/.bin/tsx'), [program, ...options], {
    cwd: root,
    encoding: 'utf8',
  })
}

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'distill-trainer-'))
  mkdirSync(join(home, 'node_modules'))
  symlinkSync(root, join(home, 'node_modules/distill'))
  symlinkSync(join(root, 'node_modules/@types'), join(home, 'node_modules/@types'))
  symlinkSync(join(root, 'node_modules/@tensorflow'), join(home, 'node_modules/@tensorflow'))
  for (const file of ['tiny.distill', 'train.tsv', 'validation.tsv'])
    copyFileSync(join(tiny, file), join(home, file))
  writeFileSync(join(home, 'recipe.distill'), recipe)
  for (const name of ['tiny', 'recipe']) {
    const program = programOf(join(home, `${name}.distill`))
    writeFileSync(join(home, `${name}.mts`), emitTrainer(program, program.stages))
  }
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

describe('an emitted trainer', () => {
  it('type-checks under strict', () => {
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: 'ES2022',
      module: 'NodeNext',
      types: ['node'],
      skipLibCheck: true,
    }
    const config = { compilerOptions, files: ['tiny.mts', 'recipe.mts'] }
    writeFileSync(join(home, 'tsconfig.json'), JSON.stringify(config))
    const tsc = join(root, 'node_modules/.bin/tsc')
    expect(execFileSync(tsc, ['-p', home], { encoding: 'utf8' })).toBe('')
  })

  it.each([
    ['tiny', 'cpu'],
    ['tiny', 'wasm'],
    ['recipe', 'cpu'],
    ['recipe', 'wasm'],
  ] as const)('%s on %s: the losses and weights of distill train, bit for bit', async (name, backend) => {
    const [own, other] = [join(home, `${name}-${backend}-own`), join(home, `${name}-${backend}-other`)]
    const options = [
      '--seed',
      '3',
      '--max-steps',
      '4',
      '--backend',
      backend,
      '--random-weights',
      '--out',
      own,
    ]
    const said = run(join(home, `${name}.mts`), ...options)
    const losses = [...said.matchAll(/^\w+ \d+\/4 {2}loss .* \|g\| \S+/gm)].map(([line]) => line)
    const expected = await trained(join(home, `${name}.distill`), backend, other)
    expect(expected.length).toBe(8)
    expect(losses).toEqual(expected)
    const best = (folder: string): Buffer => readFileSync(join(folder, 'best/S.safetensors'))
    expect(best(own).equals(best(other))).toBe(true)
  })

  it('imports the runtime alone, and writes six layers as one loop', () => {
    const text = readFileSync(join(home, 'recipe.mts'), 'utf8')
    expect([...text.matchAll(/from ["']([^"']+)["']/g)].map((m) => m[1])).toEqual([
      '@tensorflow/tfjs-core',
      'distill/runtime',
    ])
    expect(text).toContain('for (let m = 1; m <= 6; m++) {')
    expect(text).not.toContain('T.layer[3]')
  })

  it.each([
    ['tiny', 'test/fixtures/tiny/tiny.distill'],
    ['demo', 'specs/demo.distill'],
  ])('%s reads well', async (name, file) => {
    const program = programOf(file)
    await expect(emitTrainer(program, program.stages)).toMatchFileSnapshot(
      join(root, `test/golden/trainer/${name}.ts.txt`),
    )
  })
})

describe('the runtime', () => {
  it('holds after a step what it held before, and refuses to release a value twice', async () => {
    const machine = await openMachine('cpu')
    const request = {
      sizes: { B: 2, L: 3 },
      inputs: new Map([['x', { dtype: 'f32', shape: [2], data: Float32Array.of(1, 2) } as const]]),
      parameter: () => ({ shape: [], data: new Float32Array(), version: 1 }),
      random: { seed: 0, stage: 's', step: 0 },
    }
    const step: Step = ({ op, input, output, release }) => {
      const x = input('x', 'f32', { example: 'B' })
      const y = op.multiply(x, 3)
      const z = op.add(y, x)
      release(y)
      output('z', z)
    }
    machine.run(step, request)
    const before = machine.memory()
    expect([...(machine.run(step, request).get('z')?.data ?? [])]).toEqual([4, 8])
    expect(machine.memory()).toEqual(before)
    const twice: Step = ({ op, input, release }) => {
      const y = op.exp(input('x', 'f32', { example: 'B' }))
      release(y, y)
    }
    expect(() => machine.run(twice, request)).toThrow('released twice')
    expect(machine.memory()).toEqual(before)
    machine.dispose()
  })
})
