/** Where the command `distill` is: of the settings, of the workspace, or what npx finds. */
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { workspace } from 'vscode'

export interface Tool {
  readonly command: string
  /** Those before the arguments of Distill. */
  readonly arguments: readonly string[]
}

const isWindows = process.platform === 'win32'

/** @param folder where it is started */
export function toolFor(folder: string): Tool {
  const configured = workspace.getConfiguration('distill').get('path', '').trim()
  // A name alone is looked up in PATH.
  if (configured !== '')
    return { command: /[\\/]/.test(configured) ? resolve(folder, configured) : configured, arguments: [] }
  const installed = installedIn(folder)
  if (installed !== undefined) return { command: installed, arguments: [] }
  // Without the flag, npx installs whatever the registry has under this name.
  return { command: isWindows ? 'npx.cmd' : 'npx', arguments: ['--no-install', 'distill'] }
}

/** In the folder, or in one above it. */
function installedIn(folder: string): string | undefined {
  const file = join(folder, 'node_modules/.bin', isWindows ? 'distill.cmd' : 'distill')
  if (existsSync(file)) return file
  const above = dirname(folder)
  return above === folder ? undefined : installedIn(above)
}

/** How a process is started: `.cmd` files need a shell, which reads a path with spaces as words. */
export function startOf(tool: Tool): { readonly command: string; readonly shell: boolean } {
  return isWindows ? { command: `"${tool.command}"`, shell: true } : { command: tool.command, shell: false }
}
