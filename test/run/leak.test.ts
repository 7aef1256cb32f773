/** Training on each backend in a process of its own: memory stays flat, and the process ends well, however it ends. */
import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import type { Held } from '../../bench/leak/held.ts'
import { describeBackendNames } from './backends.ts'

const child = new URL('../../bench/leak/child.ts', import.meta.url).pathname

function trained(backend: string, steps: number, manner: 'end' | 'exit'): readonly Held[] {
  const flags = ['--expose-gc', '--import', 'tsx']
  const run = spawnSync(process.execPath, [...flags, child, backend, String(steps), manner], {
    encoding: 'utf8',
  })
  expect([run.status, run.signal, complaints(run.stderr)]).toEqual([0, null, []])
  return JSON.parse(run.stdout)
}

/** Lines of the error stream; Dawn warns of limits that it lowers, whatever one does. */
function complaints(stderr: string): readonly string[] {
  return stderr.split('\n').filter((line) => line !== '' && !/^Warning: .* artificially reduced/.test(line))
}

/** Those that somebody trains on; a processor that imitates a GPU is given less to do. */
const fast = ['wasm', 'onnxruntime', 'native', 'tensorflow', 'webgpu'] as const

describeBackendNames(
  'on %s',
  (backend) => {
    it('many steps hold what a few held', () => {
      const held = trained(backend, backend === 'webgpu' ? 40 : 200, 'end')
      const [before, after] = [held[0], held.at(-1)]
      expect(after?.memory).toEqual(before?.memory)
      // What V8 and the threads of libraries take while they warm up is allowed for: a value of 400 kB lost in each of 200 steps would show.
      expect((after?.resident ?? Number.NaN) - (before?.resident ?? Number.NaN)).toBeLessThan(64 * 2 ** 20)
    }, 240_000)

    it('the process ends when it is told to, in the middle of everything', () => {
      expect(trained(backend, 20, 'exit')).not.toEqual([])
    }, 120_000)
  },
  fast,
)
