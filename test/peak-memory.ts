/**
 * The most memory that this process held, in MiB. `process.resourceUsage().maxRSS` says no less than what the parent
 * held: a process that is spawned shares the memory of its parent until its program begins.
 */
import { readFileSync } from 'node:fs'

export function peakMegabytes(): number {
  try {
    return Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]) / 1024
  } catch {
    return process.resourceUsage().maxRSS / 1024
  }
}
