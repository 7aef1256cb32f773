/**
 * Heads: `heads { task = classifier(labelled.label) }` adds a block with arguments to a teacher or student.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import { hintFor } from '../diagnostics/foreign-names.ts'
import { notAHead } from '../diagnostics/messages/models.ts'
import type { Entry } from '../syntax/ast.ts'
import type { CallExpression } from '../syntax/expressions.ts'
import { type BlockOwner, ModelBlock } from './block.ts'
import { applyItems, emptyBody } from './body.ts'
import type { Checker } from './checker.ts'
import { describe } from './describe.ts'
import { isModelWord } from './resolve.ts'
import { lazyLocal } from './scope.ts'
import { bindDeclared } from './signature.ts'
import type { BlockInstance, Frame, HeadValue, Local, Scope } from './values.ts'

/** The settings and blocks of a teacher or student. */
export const instanceWords = ['weights', 'heads', 'init', 'dropout', 'precision', 'fidelity']

/** The block of a head. It can use its own names, its arguments, and the names of the block around it. */
export function headBlock(
  checker: Checker,
  { declaration, file }: HeadValue,
  path: readonly string[],
  parent: BlockInstance,
  variables: ReadonlyMap<string, Local>,
  span: Span,
  around: Frame | undefined,
): ModelBlock {
  if (!(parent instanceof ModelBlock)) throw new TypeError('a head stands in a block of a model')
  const context = {
    reporter: checker.reporter,
    file,
    owner: declaration.name.text,
    changes: false,
    top: false,
    uses: checker.uses,
    builtin: isModelWord,
  }
  const body = applyItems(emptyBody, declaration.body.items, context)
  const frame: Frame = { kind: 'call', span, ...(around ? { parent: around } : {}) }
  return new ModelBlock({
    instance: parent.instance,
    path,
    body,
    parent,
    variables,
    frame,
    head: declaration,
  })
}

/**
 * Arguments are evaluated when the block first needs them. Defaults are evaluated in the scope of the model.
 */
export function headArguments(
  checker: Checker,
  { declaration, file }: HeadValue,
  e: CallExpression,
  scope: Scope,
): Map<string, Local> | undefined {
  const { parameters } = declaration
  const bound = bindDeclared(checker, declaration, e, scope)
  if (!bound) return undefined
  const { owner: _, ...unowned } = scope
  const variables = new Map<string, Local>()
  const frame = { kind: 'call' as const, span: e.span, ...(scope.frame ? { parent: scope.frame } : {}) }
  for (const { name: parameter, defaultValue } of parameters) {
    const expression = bound.get(parameter.text)
    const given = expression ?? defaultValue
    if (!given) continue
    const from = expression ? unowned : { ...unowned, file, locals: variables, frame }
    variables.set(
      parameter.text,
      lazyLocal(given, from, (x, s) => checker.evaluate(x, s), parameter.span),
    )
  }
  return variables
}

/** Adds the heads that the declaration of an instance lists. */
export function addHeads(instance: BlockOwner): void {
  for (const entry of instance.declaration?.body.items ?? []) {
    if (entry.kind !== 'block' || !meansHeads(entry.name.text)) continue
    for (const head of entry.body.items) {
      if (!addHead(instance, head) && head.kind === 'set') instance.failedHeads.add(head.name.text)
    }
  }
}

/** `head { ... }` is one error. Reads of its heads are no further errors. */
function meansHeads(name: string): boolean {
  if (instanceWords.includes(name)) return name === 'heads'
  return hintFor(name, instanceWords, 'instance').similar === 'heads'
}

/** False after reporting. */
function addHead(instance: BlockOwner, entry: Entry): boolean {
  const { checker, root, heads } = instance
  const wrong = (span: Span, problem: string, help?: string): false => {
    checker.report(notAHead({ span, problem, help }))
    return false
  }
  if (entry.kind !== 'set' || entry.value.kind !== 'call')
    return wrong(entry.span, 'a head is NAME = KIND(...)', 'such as task = classifier(2)')
  const { name, value: call } = entry
  if (root.has(name.text))
    return wrong(name.span, `\`${name.text}\` is already a name of ${instance.model.name}`)
  const scope = { ...checker.scope(instance.file), block: root }
  const callee = checker.evaluate(call.callee, scope)
  if (callee.kind === 'poison') return false
  if (callee.kind !== 'head') return wrong(call.callee.span, `${describe(callee)} is not a head`)
  const variables = headArguments(checker, callee, call, scope)
  if (!variables) return false
  const block = headBlock(checker, callee, [name.text], root, variables, call.span, undefined)
  heads.set(name.text, { kind: callee.declaration.name.text, span: name.span, block })
  return true
}
