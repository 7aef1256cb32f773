/** What the system shows of GPUs, without asking a driver. */
import { readdirSync } from 'node:fs'

export interface Machine {
  readonly platform: NodeJS.Platform
  /** Files of a folder; none where it is not there. */
  readonly list: (folder: string) => readonly string[]
}

const thisMachine: Machine = {
  platform: process.platform,
  list: (folder) => {
    try {
      return readdirSync(folder)
    } catch {
      return []
    }
  },
}

/** True if it is unknown. */
export function hasGpu(machine: Machine = thisMachine): boolean {
  if (machine.platform !== 'linux' || hasNvidiaGpu(machine)) return true
  return machine.list('/dev/dri').some((file) => file.startsWith('renderD'))
}

/**
 * Whether there is a GPU for CUDA. A container may get any of a machine's GPUs, so each number counts; in WSL
 * it is `dxg`. True if it is unknown.
 */
export function hasNvidiaGpu({ platform, list }: Machine = thisMachine): boolean {
  if (platform !== 'linux') return platform !== 'darwin'
  return list('/dev').some((file) => file === 'dxg' || /^nvidia\d+$/.test(file))
}
