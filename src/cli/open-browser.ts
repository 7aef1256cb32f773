/** The browser of a desktop, where there is one. */
import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Whether a browser was asked to open the page. Whether it did cannot be known. */
export function openBrowser(address: string): boolean {
  const command = browserCommand()
  if (command === undefined) return false
  const [program = '', ...words] = command
  const child = spawn(program, [...words, address], { detached: true, stdio: 'ignore' })
  child.on('error', () => {})
  child.unref()
  return true
}

function browserCommand(): string[] | undefined {
  switch (process.platform) {
    case 'darwin':
      return ['open']
    case 'win32':
      return ['cmd', '/c', 'start', '']
    default: {
      // xdg-open waits for a text browser where there is no desktop.
      const { DISPLAY, WAYLAND_DISPLAY } = process.env
      return (DISPLAY || WAYLAND_DISPLAY) && isProgram('xdg-open') ? ['xdg-open'] : undefined
    }
  }
}

function isProgram(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
