/** Checks a spec on disk. */
import { type CheckOptions, type CheckResult, check } from '../check/check.ts'
import { filesOnDisk } from './spec-files.ts'

/** Never throws for what a user wrote. */
export function checkFile(path: string, options: Omit<CheckOptions, 'files'> = {}): CheckResult {
  return check(path, { ...options, files: filesOnDisk })
}
