/**
 * The page of `train --open`: another process with a lower priority serves it from the files of the run. So
 * it takes no time from the steps, and the training goes on if it ends.
 */
import { spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { setPriority } from 'node:os'
import { dirname } from 'node:path'
import { SweepFolder } from '../train/sweep-folder.ts'

const lowPriority = 10

/**
 * Starts the process and says the address. It ends by itself once this process has ended and no page is open.
 * @param folder of the run; the page of a sweep follows the run that trains.
 * @returns once the address or a failure has been said; this alone keeps no process going
 */
export function openWatchPage(folder: string, say: (text: string) => void): Promise<void> {
  const places = [dirname(dirname(folder)), dirname(folder)]
  const root = places.find((place) => new SweepFolder(place).exists) ?? folder
  const program = [...process.execArgv, process.argv[1] ?? '']
  const child = spawn(process.execPath, [...program, 'watch', root, '--open', '--until-closed'], {
    // Ctrl-C is for the training alone.
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.stdin.on('error', () => {})
  const said = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      say(`note: the page did not open: ${error.message}`)
      resolve()
    })
    child.on('exit', () => resolve())
    child.stdout.once('data', (address: Buffer) => {
      say(`watch it: ${address.toString().trim()}`)
      child.stdout.destroy()
      resolve()
    })
  })
  if (child.pid !== undefined) lower(child.pid)
  child.unref()
  for (const end of [child.stdin, child.stdout]) if (end instanceof Socket) end.unref()
  return said
}

function lower(pid: number): void {
  try {
    setPriority(pid, lowPriority)
  } catch {
    // It has ended already, or the system has no priorities.
  }
}
