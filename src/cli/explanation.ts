/** The output of `distill check --explain CODE`: the page docs/errors/CODE.md. */
import { shippedText } from '../disk/shipped.ts'

/** The page of a code as plain text for a terminal. `code` must be the code of a message. */
export function explanation(code: string): string {
  return plainText(shippedText(`docs/errors/${code}.md`))
}

/** Removes the marks of headings and the fences of code. Code is indented, below the name of its file. */
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
