/** What must hold of any text that `check` and `fmt` read. Throws where it does not. */
import { readFileSync } from 'node:fs'
import { checkFile } from '../../../src/check/check.ts'
import { findLibrary } from '../../../src/check/files.ts'
import { renderDiagnostics } from '../../../src/diagnostics/render.ts'
import { terminalText } from '../../../src/diagnostics/terminal-text.ts'
import { parseSource } from '../../../src/syntax/build-ast.ts'
import { printSource } from '../../../src/syntax/print.ts'
import { hostileIn } from './hostile.ts'

const place = 'spec.distill'
const library = findLibrary()

/** Codes and messages, without their places: a new layout moves them. */
function found(text: string): { readonly said: readonly string[]; readonly shown: string } {
  const reader = (path: string): string | undefined => {
    if (path === place) return text
    return path.startsWith('std/') && library !== undefined ? std(path.slice(4)) : undefined
  }
  const { diagnostics, sources } = checkFile(place, { reader })
  const shown = renderDiagnostics(diagnostics, sources, { color: true, columns: 80, file: place })
  return { said: diagnostics.map(({ code, message }) => `${code} ${message}`).sort(), shown }
}

function std(name: string): string | undefined {
  try {
    return readFileSync(`${library}/${name}`, 'utf8')
  } catch {
    return undefined
  }
}

export function trySpec(text: string): void {
  const { said, shown } = found(text)
  const control = hostileIn(terminalText(shown))
  if (control !== undefined) throw new Error(`${control} in what check prints`)
  const { tree, diagnostics } = parseSource(place, text)
  if (diagnostics.length > 0) return
  const once = printSource(tree)
  const second = parseSource(place, once)
  if (second.diagnostics.length > 0)
    throw new Error(`fmt makes a text that check refuses: ${second.diagnostics[0]?.message}`)
  if (printSource(second.tree) !== once) throw new Error('fmt changes what fmt wrote')
  const after = found(once).said
  if (said.length < 100 && said.join('\n') !== after.join('\n'))
    throw new Error(`check finds other errors after fmt:\n${said.join('\n')}\n---\n${after.join('\n')}`)
}
