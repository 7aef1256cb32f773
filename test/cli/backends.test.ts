/** What commands say of backends: which one they run on, which would be faster, and what is wrong with a name. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { requireBackend } from '../../src/library/backends.ts'

const root = new URL('../..', import.meta.url).pathname
const home = mkdtempSync(join(tmpdir(), 'backends-'))
afterAll(() => rmSync(home, { recursive: true }))

/** Where nothing is that a backend could be loaded from. */
const bare = {
  VK_DRIVER_FILES: '/none.json',
  VK_ICD_FILENAMES: '/none.json',
  DISTILL_DNNL: '/none.so',
  DISTILL_TFJS_NODE: home,
}

function distill(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): { readonly status: number | null; readonly out: string; readonly err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/distill.js', ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', COLUMNS: '100', ...environment },
  })
  return { status, out: stdout, err: stderr }
}

describe('profile', () => {
  const small = ['specs/demo.distill', '--steps', '1', '--batch', '2', '--length', '8']

  it('says why the backend that it is given does not start', () => {
    const { status, out, err } = distill(['profile', ...small, '--backend', 'webgpu'], bare)
    expect([status, out]).toEqual([2, ''])
    expect(err.replace(/\s+/g, ' ')).toMatch(
      /E1120.*backend webgpu does not start: no graphics driver .*help: apt-get install mesa-vulkan-drivers/,
    )
  })

  it('says what it runs on by itself, and what would be faster', () => {
    const { status, err } = distill(['profile', ...small], bare)
    expect(err).toMatch(/^note: .*native not usable: DISTILL_DNNL names \/none\.so.*; runs on wasm \(.*\)\n/)
    expect(err).toMatch(/\nspecs\/demo\.distill, stage \w+ {3}wasm\n$/)
    expect(status).toBe(0)
  })
})

it('step says what it runs on', () => {
  const fixture = 'test/fixtures/reference/albert_mlm'
  const files = ['--student', `${fixture}/student.safetensors`, '--batch', `${fixture}/batch.safetensors`]
  const run = distill([
    'step',
    'test/reference/albert_mlm.distill',
    ...files,
    '--out',
    home,
    '--backend',
    'cpu',
  ])
  expect([run.status, run.err]).toEqual([
    0,
    expect.stringMatching(/^test\/reference\/albert_mlm\.distill, stage \w+ {3}cpu\n$/),
  ])
})

describe('a name of no backend', () => {
  function problem(value: string): string {
    try {
      return `it is ${requireBackend(value)}`
    } catch (error) {
      if (error instanceof DiagnosticError) return error.diagnostics[0]?.help ?? ''
      throw error
    }
  }

  it.each([
    ['onnxruntme', 'onnxruntime'],
    ['navite', 'native'],
    ['onnxruntme:webgpu', 'onnxruntime:webgpu'],
    ['atuo', 'auto'],
    ['gpu', 'webgpu'],
    ['onnx', 'onnxruntime'],
  ])('%s: did you mean %s?', (written, meant) => {
    expect(problem(written)).toMatch(
      new RegExp(`^did you mean \`${meant}\`\\? it takes auto, .*, or onnxruntime:PROVIDER`),
    )
  })

  it.each(['cuda', 'native:cuda', ''])('%s is near to none', (written) => {
    expect(problem(written)).toMatch(/^it takes auto, /)
  })

  it('is told by the commands that run a spec, and by those that compile it', () => {
    for (const command of ['train', 'profile', 'compile']) {
      const { status, err } = distill([command, 'specs/demo.distill', '--backend', 'wsam'])
      expect([command, status, err]).toEqual([
        command,
        2,
        expect.stringMatching(/E1101[\s\S]*did you mean `wasm`/),
      ])
    }
  })
})
