/** Checks a text that is in no file yet. */
import { type CheckResult, check } from './check.ts'
import type { SpecFiles } from './spec-files.ts'

/** @param path of the file whose content it would be: its paths are relative to that file */
export function checkText(path: string, text: string, files: SpecFiles): CheckResult {
  return check(path, { files, reader: (asked) => (asked === path ? text : files.text(asked)) })
}
