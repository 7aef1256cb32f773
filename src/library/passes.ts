/** `none` or `-a,-b`: the passes that are disabled when a stage is compiled. */
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { unknownPass } from '../diagnostics/messages/command-line.ts'
import { suggest } from '../diagnostics/suggest.ts'
import type { Passes } from '../lower/stage-options.ts'
import { pipeline } from '../optimize/pipeline.ts'

/** The disabled passes as one text: `none`, or their names in order; empty if all run. */
export function passesText(passes: Passes): string {
  return passes === 'none'
    ? passes
    : [...passes.disabled]
        .sort()
        .map((name) => `-${name}`)
        .join()
}

/** The passes of such a text. By default all passes run. Throws E1108 for an unknown pass. */
export function readPasses(list: string | undefined): Passes {
  if (list === 'none') return 'none'
  const names = [...new Set(pipeline.map((pass) => pass.name))]
  const disabled = new Set<string>()
  for (const item of list === undefined ? [] : list.split(',').map((part) => part.trim())) {
    const name = item.replace(/^-/, '')
    if (!item.startsWith('-') || !names.includes(name)) {
      const similar = suggest(name, names)
      throw new DiagnosticError(unknownPass({ name: item, names, ...(similar ? { similar } : {}) }))
    }
    disabled.add(name)
  }
  return { disabled }
}
