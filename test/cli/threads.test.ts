import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Command } from 'commander'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { threadCount, threadsSetting } from '../../src/backends/threads.ts'
import { takeThreads, threadsOption } from '../../src/cli/threads-option.ts'
import { describeProvider } from '../run/backends.ts'

describe('--threads', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  function parsed(...argv: string[]): { readonly threads?: number } {
    const command = new Command().addOption(threadsOption()).exitOverride()
    command.configureOutput({ writeErr: () => {} })
    return command.parse(argv, { from: 'user' }).opts()
  }

  it('is the number that backends start with', () => {
    vi.stubEnv(threadsSetting, '7')
    takeThreads(parsed())
    expect(threadCount()).toBe(7)
    takeThreads(parsed('--threads', '3'))
    expect(threadCount()).toBe(3)
  })

  it('is a number from 1 on', () => {
    expect(() => parsed('--threads', '0')).toThrow(/at least 1/)
    expect(() => parsed('--threads', 'many')).toThrow(/not a whole number/)
  })
})

for (const name of ['native', 'onnxruntime'] as const)
  describeProvider(name, name, () => {
    it('says how many threads it was given', async () => {
      vi.stubEnv(threadsSetting, '1')
      const runner = await createRunner(name)
      vi.unstubAllEnvs()
      expect(runner.detail).toMatch(/\b1 thread\b/)
      runner.dispose()
    })
  })

describeProvider('native', 'native', () => {
  // nothing else tells how many threads a library has begun
  it.skipIf(process.platform !== 'linux').each([1, 3])(
    'runs a product on %i threads where it is told so',
    async (threads) => {
      const script = fileURLToPath(new URL('../fixtures/native-threads.ts', import.meta.url))
      const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script], {
        env: { ...process.env, [threadsSetting]: String(threads) },
      })
      expect(Number(stdout)).toBe(threads)
    },
    60_000,
  )
})
