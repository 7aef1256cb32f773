/** Texts of the compiler as elements: colours of a terminal, and the Markdown of what is said of a name. */

/** Classes by the parameters of Select Graphic Rendition that begin a look, and what ends each. */
const looks: { readonly [begin: string]: { readonly name: string; readonly end: string } } = {
  1: { name: 'bold', end: '22' },
  2: { name: 'dim', end: '22' },
  31: { name: 'red', end: '39' },
  33: { name: 'yellow', end: '39' },
  34: { name: 'blue', end: '39' },
  36: { name: 'cyan', end: '39' },
}

const sequence = new RegExp(`${String.fromCharCode(27)}\\[(\\d+)m`)

/** A text as it is sent to a terminal. */
export function terminalNodes(text: string): readonly Node[] {
  const open = new Set<string>()
  return text.split(sequence).flatMap((piece, i): readonly Node[] => {
    if (i % 2 === 1) {
      if (looks[piece]) open.add(piece)
      else for (const one of [...open]) if (looks[one]?.end === piece) open.delete(one)
      return []
    }
    if (piece === '') return []
    if (open.size === 0) return [document.createTextNode(piece)]
    const span = document.createElement('span')
    span.className = [...open].map((one) => `t-${looks[one]?.name}`).join(' ')
    span.textContent = piece
    return [span]
  })
}

/** Paragraphs, code between fences, and lines between paragraphs: no more is in what is said of names. */
export function markdownNodes(markdown: string): readonly HTMLElement[] {
  return markdown.split(/^```\w*\n([\s\S]*?)\n```$/m).flatMap((piece, i): readonly HTMLElement[] => {
    if (i % 2 === 1) return [element('pre', [piece])]
    return piece
      .split(/\n{2,}/)
      .map((one) => one.trim())
      .filter((one) => one !== '')
      .map((one) => (one === '---' ? element('hr', []) : element('p', inline(one))))
  })
}

function inline(text: string): readonly (Node | string)[] {
  return text.split(/`([^`]+)`/).map((piece, i) => (i % 2 === 1 ? element('code', [piece]) : piece))
}

function element(name: string, children: readonly (Node | string)[]): HTMLElement {
  const made = document.createElement(name)
  made.append(...children)
  return made
}
