/** The values of top-level declarations. Each is evaluated once, when it is first needed. */
import { unknownName, wrongDeclaration } from '../diagnostics/messages/names.ts'
import type {
  CopyDeclaration,
  InstanceDeclaration,
  ModelDeclaration,
  SettingDeclaration,
} from '../syntax/ast.ts'
import type { Name } from '../syntax/expressions.ts'
import { applyItems, emptyBody } from './body.ts'
import type { Checker } from './checker.ts'
import { checkData } from './data.ts'
import { describe } from './describe.ts'
import type { FileName, FileScope } from './files.ts'
import { ModelInstance } from './instance.ts'
import { plainLoss } from './loss.ts'
import { layerMap } from './maps.ts'
import type { ModelDefinition } from './model-definition.ts'
import { projectionOf } from './projections.ts'
import { isModelWord, nameHint } from './resolve.ts'
import { POISON, type Value } from './values.ts'

export function declaredValue(checker: Checker, { declaration, file }: FileName): Value {
  switch (declaration.kind) {
    case 'setting':
      return setting(checker, declaration, file)
    case 'model': {
      const model = modelDefinition(checker, declaration, file)
      return model ? { kind: 'model', model } : POISON
    }
    case 'head':
      return { kind: 'head', declaration, file }
    case 'def':
      return { kind: 'function', declaration, file }
    case 'loss':
      return declaration.parameters
        ? { kind: 'function', declaration, file }
        : plainLoss(checker, declaration, file)
    case 'instance':
      return instance(checker, declaration, file)
    case 'copy':
      return copy(checker, declaration, file)
    case 'map':
      return layerMap(checker, declaration, file)
    case 'projection':
      return projectionOf(checker, declaration, file)
    case 'data': {
      const spec = checkData(checker, declaration, file)
      if (spec) checker.data.set(declaration, spec)
      return { kind: 'data', name: declaration.name.text, declaration, file, ...(spec ? { spec } : {}) }
    }
    case 'stage':
      return { kind: 'stage', declaration }
    case 'import':
      return POISON
  }
}

function setting(checker: Checker, declaration: SettingDeclaration, file: FileScope): Value {
  const value = checker.overrides.get(declaration) ?? checker.evaluate(declaration.value, checker.scope(file))
  if (value.kind !== 'number') return value
  const { kind } = declaration.value
  return kind === 'number' || kind === 'binary' || kind === 'negate'
    ? { ...value, origin: declaration.span }
    : value
}

/** A declared name of one kind; undefined after reporting. */
function named<Kind extends Value['kind']>(
  checker: Checker,
  { text, span }: Name,
  file: FileScope,
  kind: Kind,
  wanted: string,
): Extract<Value, { kind: Kind }> | undefined {
  const isKind = (value: Value): value is Extract<Value, { kind: Kind }> => value.kind === kind
  const value = checker.lookup(text, file, span)
  if (!value) {
    if (text !== '')
      checker.report(
        unknownName({ span, name: text, hint: nameHint(checker, text, file.names.keys(), file) }),
      )
    return undefined
  }
  if (isKind(value)) return value
  if (value.kind !== 'poison')
    checker.report(wrongDeclaration({ span, name: text, wanted, found: describe(value) }))
  return undefined
}

function modelDefinition(
  checker: Checker,
  declaration: ModelDeclaration,
  file: FileScope,
): ModelDefinition | undefined {
  const { name, base, body } = declaration
  for (const earlier of basesOf(checker, declaration, file).reverse()) checker.valueOf(earlier)
  const parent = base && named(checker, base, file, 'model', 'a model')?.model
  if (base && !parent) return undefined
  const context = {
    reporter: checker.reporter,
    file,
    owner: parent?.name ?? name.text,
    changes: parent !== undefined,
    top: true,
    uses: checker.uses,
    builtin: isModelWord,
  }
  return {
    name: name.text,
    body: applyItems(parent?.body ?? emptyBody, body?.items ?? [], context),
    file,
    span: name.span,
    lineage: [name.text, ...(parent?.lineage ?? [])],
  }
}

/**
 * The base models of a declaration that are not evaluated yet, nearest first. Found in a loop, since a chain
 * of `with` may be long.
 */
function basesOf(checker: Checker, declaration: ModelDeclaration, file: FileScope): FileName[] {
  const bases = new Set<FileName>()
  const baseOf = (one: ModelDeclaration, from: FileScope) => one.base && checker.named(one.base.text, from)
  let base = baseOf(declaration, file)
  while (
    base &&
    base !== 'broken' &&
    base.declaration.kind === 'model' &&
    !checker.values.has(base.declaration)
  ) {
    if (bases.has(base) || base.declaration === declaration) return []
    bases.add(base)
    base = baseOf(base.declaration, base.file)
  }
  return [...bases]
}

function instance(checker: Checker, declaration: InstanceDeclaration, file: FileScope): Value {
  const model = named(checker, declaration.model, file, 'model', 'a model')?.model
  if (!model) return POISON
  const { name, role } = declaration
  const made = new ModelInstance(checker, {
    name: name.text,
    role,
    model,
    file,
    span: name.span,
    declaration,
  })
  return ready(checker, declaration, made)
}

/**
 * `teacher A = S after distil`: the same model with the same heads, whose parameters are those of S at the
 * end of a stage.
 */
function copy(checker: Checker, declaration: CopyDeclaration, file: FileScope): Value {
  const { name, role, of, after } = declaration
  const source = named(checker, of, file, 'instance', 'a teacher or student')?.instance
  const stage = named(checker, after, file, 'stage', 'a stage')
  if (!source || !stage) return POISON
  const made = new ModelInstance(checker, {
    name: name.text,
    role,
    model: source.model,
    file: source.file,
    span: name.span,
    ...(source.declaration ? { declaration: source.declaration } : {}),
    copyOf: { instance: source.name, stage: after.text, span: declaration.span },
  })
  return ready(checker, declaration, made)
}

/** The value is known before its heads are made, because arguments of a head may name the instance itself. */
function ready(
  checker: Checker,
  declaration: InstanceDeclaration | CopyDeclaration,
  made: ModelInstance,
): Value {
  const value: Value = { kind: 'instance', instance: made }
  checker.values.set(declaration, value)
  made.prepare()
  return value
}
