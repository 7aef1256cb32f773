/** What `distill check --explain CODE` prints: the page docs/errors/CODE.md. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { shippedFolder } from '../diagnostics/shipped.ts'

/** The page of a code as plain text for a terminal; the code is one that a message has. */
export function explanation(code: string): string {
  const page = `docs/errors/${code}.md`
  const folder = shippedFolder(page)
  if (folder === undefined) throw new Error(`${page} is not beside the program`)
  return plainText(readFileSync(join(folder, page), 'utf8'))
}

/** Headings lose their signs, blocks of code their fences: code is indented, under the name of its file if it has one. */
function plainText(page: string): string {
  let inCode = false
  const lines = page.split('\n').flatMap((line) => {
    const fence = line.match(/^```(?:\w+ (.+))?/)
    if (fence) {
      inCode = !inCode
      return fence[1] === undefined ? [] : [`    (${fence[1]})`]
    }
    if (inCode) return [`    ${line}`.trimEnd()]
    return [line.replace(/^# /, '').replace(/^## (.*)$/, '$1:')]
  })
  return lines.join('\n').replace(/:\n\n(?= {4})/g, ':\n')
}
