/** Tests of the command line run what users run: the built tool. Built before the first test, where a source is newer than it. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const root = new URL('..', import.meta.url).pathname

function newest(folder: string): number {
  return Math.max(
    0,
    ...readdirSync(folder, { withFileTypes: true }).map((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? newest(path) : statSync(path).mtimeMs
    }),
  )
}

export default function setup(): void {
  const built = join(root, 'dist/distill.js')
  const changed = Math.max(newest(join(root, 'src')), newest(join(root, 'grammar')))
  if (existsSync(built) && statSync(built).mtimeMs > changed) return
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
}
