/**
 * `--allow-outside`: sets the environment variable that lets a spec import files from anywhere, for one
 * command.
 */
import { Option } from 'commander'
import { outsideSetting } from '../disk/project.ts'

export function allowOutsideOption(): Option {
  return new Option(
    '--allow-outside',
    "let the spec import files outside of its project's folder (default: no, or the variable DISTILL_ALLOW_OUTSIDE=1)",
  )
}

/** To be called with the options before a command acts. */
export function takeAllowOutside({ allowOutside }: { readonly allowOutside?: boolean }): void {
  if (allowOutside) process.env[outsideSetting] = '1'
}
