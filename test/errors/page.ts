/** Pages of docs/errors as tests read them: the title, and the files and commands of each example. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Example {
  /** `Fails`, `Passes`, or `Passes too`. */
  readonly heading: string
  /** Contents by name; the spec, if the example has one, is `spec.distill`. */
  readonly files: Readonly<Record<string, string>>
  /** Lines of its `sh` block: without one, the spec is checked. */
  readonly commands: readonly string[]
}

export interface Page {
  readonly code: string
  readonly title: string
  /** What stands above the examples. */
  readonly introduction: string
  readonly examples: readonly Example[]
}

export const pagesFolder = join(import.meta.dirname, '../../docs/errors')

export function readPage(code: string): Page {
  const text = readFileSync(join(pagesFolder, `${code}.md`), 'utf8')
  const [introduction = '', ...sections] = text.split(/^## /m)
  const title = introduction.match(/^# (E\d{4}): (.+)\n/)
  if (title?.[1] !== code) throw new Error(`${code}.md does not begin with its code and title`)
  return { code, title: title[2] ?? '', introduction, examples: sections.map(exampleOf) }
}

function exampleOf(section: string): Example {
  const files: Record<string, string> = {}
  let commands: string[] = []
  for (const [, language, name, body = ''] of section.matchAll(/^```(\w+)(?: (.+))?\n([\s\S]*?)^```$/gm)) {
    if (language === 'sh') commands = body.trimEnd().split('\n')
    else files[name ?? 'spec.distill'] = body
  }
  return { heading: section.split('\n')[0] ?? '', files, commands }
}
