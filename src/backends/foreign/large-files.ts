/** Where large temporary files go. */
import { accessSync, constants } from 'node:fs'
import { tmpdir } from 'node:os'

/**
 * On disk wherever a system has its temporary folder in memory: `/tmp` is there on many a Linux, `/var/tmp`
 * is not (FHS 3.0, 5.15). TMPDIR is the user's word.
 */
export function largeFileFolder(): string {
  if (process.platform === 'win32' || process.env.TMPDIR) return tmpdir()
  try {
    accessSync('/var/tmp', constants.W_OK | constants.X_OK)
    return '/var/tmp'
  } catch {
    return tmpdir()
  }
}
