/** What must hold of any text that `check` and `fmt` read. Throws where it does not. */
import { readFileSync } from 'node:fs'
import type { ParsedFiles } from '../../../src/check/files.ts'
import { renderDiagnostics } from '../../../src/diagnostics/render.ts'
import { terminalText } from '../../../src/diagnostics/terminal-text.ts'
import { checkFile } from '../../../src/disk/check-file.ts'
import { filesOnDisk } from '../../../src/disk/spec-files.ts'
import { parseSource } from '../../../src/syntax/build-ast.ts'
import { printSource } from '../../../src/syntax/print.ts'
import { hostileIn } from './hostile.ts'

const place = 'spec.distill'
const { library } = filesOnDisk

/** Codes and messages, without their places: a new layout moves them. Files of the library are parsed once. */
function found(
  text: string,
  parsed: ParsedFiles,
): { readonly said: readonly string[]; readonly shown: string } {
  const reader = (path: string): string | undefined => {
    if (path === place) return text
    return path.startsWith('std/') && library !== undefined ? std(path.slice(4)) : undefined
  }
  const { diagnostics, sources } = checkFile(place, { reader, parsed })
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

/**
 * @param again whether the text that fmt made is checked too
 * @param parsed the files of the library, parsed in earlier rounds
 */
export function trySpec(text: string, again: boolean, parsed: ParsedFiles): void {
  const { said, shown } = found(text, parsed)
  const control = hostileIn(terminalText(shown))
  if (control !== undefined) throw new Error(`${control} in what check prints`)
  const { tree, diagnostics } = parsed.get(place) ?? parseSource(place, text)
  if (diagnostics.length > 0) return
  const once = printSource(tree)
  const second = parseSource(place, once)
  if (second.diagnostics.length > 0)
    throw new Error(`fmt makes a text that check refuses: ${second.diagnostics[0]?.message}`)
  if (printSource(second.tree) !== once) throw new Error('fmt changes what fmt wrote')
  if (!again) return
  const after = found(once, parsed).said
  if (said.length < 100 && said.join('\n') !== after.join('\n'))
    throw new Error(`check finds other errors after fmt:\n${said.join('\n')}\n---\n${after.join('\n')}`)
}
