import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { shippedText } from '../../src/disk/shipped.ts'
import { emitStandalone } from '../../src/emit/standalone/emit.ts'
import { emitTrainer } from '../../src/emit/trainer.ts'
import { openMachine } from '../../src/runtime/machines.ts'
import type { Step } from '../../src/runtime/value.ts'
import { folderOf, programOf, root } from './rig.ts'

const published = readdirSync(join(root, 'specs'))
  .filter((file) => file.endsWith('.distill'))
  .map((file) => basename(file, '.distill'))
const small = ['climb', 'masked', 'recipe', 'students', 'wide']

describe('an emitted trainer', () => {
  let home = ''
  const text = (name: string): string => readFileSync(join(home, `${name}.mts`), 'utf8')
  beforeAll(() => {
    home = folderOf({
      ...Object.fromEntries(small.map((name) => [name, `test/emit/specs/${name}.distill`])),
      tiny: 'test/fixtures/tiny/tiny.distill',
    })
    for (const name of published) {
      const program = programOf(`specs/${name}.distill`)
      writeFileSync(join(home, `${name}.mts`), emitTrainer(program, program.stages))
    }
  }, 120_000)
  afterAll(() => rmSync(home, { recursive: true, force: true }))

  it('of each spec, those of published size too, type-checks under strict', () => {
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: 'ES2022',
      module: 'NodeNext',
      types: ['node'],
      skipLibCheck: true,
    }
    writeFileSync(join(home, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.mts'] }))
    const tsc = join(root, 'node_modules/.bin/tsc')
    expect(execFileSync(tsc, ['-p', home], { encoding: 'utf8' })).toBe('')
  }, 120_000)

  it('imports TensorFlow.js, its backends and the runtime, and nothing else', () => {
    for (const name of [...published, ...small]) {
      const imported = [...text(name).matchAll(/^import .*?['"]([^'"]+)['"];?$/gm)].map((m) => m[1])
      expect(imported, name).toEqual([
        '@tensorflow/tfjs-backend-cpu',
        '@tensorflow/tfjs-backend-wasm',
        '@tensorflow/tfjs-core',
        'distill/runtime',
      ])
    }
  })

  it('writes equal layers once, forward and backward, whatever model they are of', () => {
    const tiny = text('tiny')
    const calls = (name: string) =>
      [...tiny.matchAll(new RegExp(`${name}\\(kernels, '(\\w)'`, 'g'))].map((m) => m[1])
    expect(calls('layer_in_training')).toEqual(['T', 'S'])
    expect(calls('layer_backward')).toEqual(['T', 'S'])
    expect(tiny.match(/attention\.query\.weight'/g)?.length).toBeLessThan(6)
    expect(tiny).not.toContain('layer[1]')
  })

  it('frees wide values after their last reader, and does shares of the positions in a loop', () => {
    const program = text('distilbert')
    expect(program).toMatch(/for \(let m = 2; m >= 1; m--\) \{\n.*= share\(kernels, 'S', 'T', m/)
    const functions = program.split(/^function /m)
    let freed = 0
    for (const one of functions) {
      for (const { 1: list = '', index } of one.matchAll(/^ *release\((.*)\)$/gm)) {
        for (const name of list.split(', ')) {
          freed++
          expect(one.slice(index + list.length + 10)).not.toMatch(new RegExp(`\\b${name}\\b`))
        }
      }
    }
    expect(freed).toBeGreaterThan(10)
  })

  it('states no operation within another one', () => {
    for (const line of [...text('demo').split('\n'), ...text('masked').split('\n')])
      expect(line.match(/\bop\.\w+\(/g)?.length ?? 0, line).toBeLessThan(2)
  })

  it('is what docs/trainer.md shows of it', () => {
    const docs = readFileSync(join(root, 'docs/trainer.md'), 'utf8')
    const pieces = [...docs.matchAll(/```ts\n(.*?)```/gs)].flatMap(([, shown = '']) =>
      shown.split(/^ +\.\.\.$/m),
    )
    expect(pieces.length).toBeGreaterThan(4)
    const program = programOf('test/fixtures/tiny/tiny.distill')
    const [learn] = program.stages
    const alone = learn === undefined ? '' : emitStandalone(program, learn, { source: shippedText })
    const tiny = `${emitTrainer(program, program.stages)}${alone}`
    for (const piece of pieces) expect(tiny).toContain(piece.trim())
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

/** Sources in the built runtime: what its file imports, at once or when a backend is asked for, but not what holds one that matches `without`. */
function sourcesOf(file: string, without: string, found = new Map<string, readonly string[]>()): string[] {
  const text = readFileSync(join(root, 'dist', file), 'utf8')
  const own = [...text.matchAll(/^\/\/#region (\S+)$/gm)].map((m) => m[1] ?? '')
  found.set(file, own.includes(without) ? [] : own)
  if (own.includes(without)) return []
  for (const [, next = ''] of text.matchAll(/(?:from|import)\s*\(?\s*["']\.\/([^"']+)["']/g))
    if (!found.has(next)) sourcesOf(next, without, found)
  return [...found.values()].flat()
}

describe('the runtime', () => {
  it('holds neither the compiler nor a plan nor an executor', () => {
    const compiler =
      /^(grammar|src\/(syntax|lower|differentiate|plan|emit|draw|explain|cli|optimize\/passes)\/|src\/(graph\/(build|parse|print|verify)|optimize\/(pipeline|rewrite)|run\/executor)\.ts$)/
    // native TensorFlow alone builds what it has no kernel for out of simpler operations
    const sources = sourcesOf('runtime.js', 'src/backends/tfjs/library.ts')
    expect(sources).toContain('src/runtime/index.ts')
    expect(sources).toContain('src/backends/wasm/table.ts')
    expect(sources).toContain('src/backends/tfjs/kernels/index.ts')
    expect(sources.filter((source) => compiler.test(source))).toEqual([])
  })

  it('says which package the tensorflow backend needs', async () => {
    vi.stubEnv('DISTILL_TFJS_NODE', root)
    await expect(openMachine('tensorflow')).rejects.toThrow(
      /neither @tensorflow\/tfjs-node-gpu nor .*is installed/,
    )
    vi.unstubAllEnvs()
    await expect(openMachine('gpu')).rejects.toThrow(
      'no backend gpu: reference, cpu, wasm, tensorflow, native, webgpu',
    )
  })

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
    const within: Step = ({ op, input, output, release }) => {
      const x = input('x', 'f32', { example: 'B' })
      const held = machine.memory().tensors
      {
        using y = op.exp(x)
        using z = op.exp(y)
        output('z', z)
        release(z)
        expect(machine.memory().tensors).toBe(held + 1)
      }
      expect(machine.memory().tensors).toBe(held)
    }
    machine.run(within, request)
    const twice: Step = ({ op, input, release }) => {
      const y = op.exp(input('x', 'f32', { example: 'B' }))
      release(y, y)
    }
    expect(() => machine.run(twice, request)).toThrow('released twice')
    expect(machine.memory()).toEqual(before)
    machine.dispose()
  })
})
