import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { describeProvider } from '../run/backends.ts'

describeProvider('native', 'native', () => {
  it.skipIf(process.platform === 'win32')(
    'has products that are right, and end well, while signals arrive',
    async () => {
      const script = fileURLToPath(new URL('../fixtures/native-panels.ts', import.meta.url))
      const child = spawn(process.execPath, ['--import', 'tsx', script], {
        env: { ...process.env, DISTILL_THREADS: '1' },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      child.stdout.once('data', () => {
        const timer = setInterval(() => child.kill('SIGWINCH'), 2)
        child.once('exit', () => clearInterval(timer))
      })
      const end = await new Promise((resolve) => {
        child.once('exit', (code, signal) => resolve(signal ?? code))
      })
      expect(end).toBe(0)
    },
    60_000,
  )
})
