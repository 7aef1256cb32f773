/**
 * Evaluates the indices of path patterns, and reports patterns that match nothing. `paths.ts` is the part
 * without a checker.
 */

import { hintFor } from '../diagnostics/foreign-names.ts'
import { unknownPath, wrongPathIndex } from '../diagnostics/messages/parameters.ts'
import type { Path } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import { explainFailure, type PathStep, type Pattern, patternStepText, resolvePattern } from './paths.ts'
import type { Scope } from './values.ts'

/**
 * The pattern of a path. A name alone in an index is a number if the scope has a number of that name: a
 * setting, or the index of a stage family. Otherwise the match binds it: `layer[m] from T.layer[h(m)]`.
 * Undefined after reporting.
 */
export function patternOf(checker: Checker, path: Path, scope: Scope): Pattern | undefined {
  return resolvePattern(path, (index) => {
    if (index.kind === 'name' && !isNumber(checker, index.name, scope)) return 'binds'
    if (index.kind === 'range') {
      const from = checker.integer(index.from, scope, 'index')
      const to = checker.integer(index.to, scope, 'index')
      return from === undefined || to === undefined ? undefined : { from, to }
    }
    return checker.integer(index, scope, 'index')
  })
}

function isNumber(checker: Checker, name: string, scope: Scope): boolean {
  const local = scope.locals.get(name)
  if (local) return local.value().kind === 'number'
  for (let block = scope.block; block; block = block.parent) {
    if (block.variables.has(name)) return true
    if (block.has(name)) return block.get(name)?.kind === 'number'
  }
  return checker.lookup(name, scope.file)?.kind === 'number'
}

/** Reports the step at which a pattern fails. False if the pattern matches one of the paths. */
export function reportPatternFailure(
  checker: Checker,
  pattern: Pattern,
  paths: readonly (readonly PathStep[])[],
): boolean {
  const failure = explainFailure(pattern, paths)
  if (failure === undefined) return false
  const { step } = failure
  const { span, name: component } = step
  const found = patternStepText(step)
  switch (failure.kind) {
    case 'name': {
      const { known, parent } = failure
      const hint = hintFor(component, known, 'path')
      checker.report(unknownPath({ span, component, parent, known: known.slice(0, 12), hint }))
      return true
    }
    case 'index-missing':
      checker.report(
        wrongPathIndex({ span, component, problem: 'missing', from: failure.from, to: failure.to, found }),
      )
      return true
    case 'index-unwanted':
      checker.report(wrongPathIndex({ span, component, problem: 'unwanted', from: 0, to: 0, found }))
      return true
    case 'index-outside':
      checker.report(
        wrongPathIndex({ span, component, problem: 'outside', from: failure.from, to: failure.to, found }),
      )
      return true
  }
}
