/** What the checker has found, beside the text: shapes of tensors, layers of maps, divisors of losses. */
import { type InlayHint, InlayHintKind } from 'vscode-languageserver-types'
import type { FileScope } from '../check/files.ts'
import type { Program } from '../check/program.ts'
import type { Term } from '../check/tensor-term.ts'
import { shapeText } from '../check/terms.ts'
import { divisorsOf } from '../explain/losses.ts'
import type { Valued } from './expressions.ts'
import type { Workspace } from './workspace.ts'

/** A text behind an offset. */
interface Hint {
  readonly offset: number
  readonly text: string
}

/** Those of a part of a file. */
export function hintsIn(
  workspace: Workspace,
  path: string,
  { start, end }: { readonly start: number; readonly end: number },
): readonly InlayHint[] {
  const checked = workspace.check(path)
  const file = checked.files.find((one) => one.path === path)
  if (!file) return []
  const lines = checked.linesOf(file.file)
  const { program } = checked
  const hints = checked
    .expressions()
    .wholes(file.file)
    .flatMap((valued) => valueHint(file, valued, checked.sources.get(file.file) ?? ''))
  return [...hints, ...(program ? declarationHints(file, program) : [])]
    .filter(({ offset }) => start <= offset && offset <= end)
    .sort((a, b) => a.offset - b.offset)
    .map(({ offset, text }) => ({
      position: lines.rangeOf({ start: offset, end: offset }).start,
      label: text,
      kind: InlayHintKind.Type,
      paddingLeft: true,
    }))
}

/** `: [example, token, unit 312]` behind a path, `/ example x token x unit` behind a loss. */
function valueHint(file: FileScope, { expression, values }: Valued, source: string): readonly Hint[] {
  const offset = expression.span.end
  const isMasked = /^\s*where\b/.test(source.slice(offset, offset + 40))
  const each = (textOf: (term: Term) => string | undefined): readonly Hint[] => {
    const texts = new Set(
      values.flatMap((value) => (value.kind === 'term' ? (textOf(value.term) ?? []) : [])),
    )
    return texts.size > 0 ? [{ offset, text: [...texts].join(' or ') }] : []
  }
  switch (expression.kind) {
    case 'member':
    case 'index':
      return each((term) => (term.axes.length > 0 ? `: ${shapeText(term)}` : undefined))
    case 'call': {
      const { callee } = expression
      const declared = callee.kind === 'name' ? file.names.get(callee.name) : undefined
      // What is declared in this file has its hints there.
      if (declared?.file === file) return []
      return each((term) =>
        declared || term.operation.op === 'reduction' ? divisorHint(term, isMasked) : undefined,
      )
    }
    default:
      return []
  }
}

/** @param isMasked whether the mask stands behind it */
function divisorHint(term: Term, isMasked: boolean): string | undefined {
  if (term.axes.length > 0) return undefined
  const { dividedBy, masks } = divisorsOf(term)
  if (dividedBy.length === 0) return undefined
  const divisors = dividedBy.map(
    ({ axes, withinExample }) => `/ ${axes.join(' x ')}${withinExample ? ' within example' : ''}`,
  )
  const unusual = masks.filter((mask) => mask !== 'attended' && !isMasked).map((mask) => ` where ${mask}`)
  return `${divisors.join(', ')}${unusual.join(',')}`
}

/** `0 3 6 9 12` behind a map that is no list, `312 -> 768` behind a projection. */
function declarationHints({ tree }: FileScope, program: Program): readonly Hint[] {
  return tree.declarations.flatMap((declaration): readonly Hint[] => {
    if (declaration.kind !== 'map' && declaration.kind !== 'projection') return []
    const { name, value } = declaration
    const offset = value.span.end
    if (declaration.kind === 'map') {
      const map = value.kind === 'list' ? undefined : program.maps.get(name.text)
      return map ? [{ offset, text: map.layers.join(' ') }] : []
    }
    const projection = program.projections.get(name.text)
    return projection ? [{ offset, text: `${projection.from} -> ${projection.to}` }] : []
  })
}
