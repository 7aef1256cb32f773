/**
 * Reads the settings in the braces of data, stage and optimizer blocks. Reports unknown and repeated ones,
 * with the nearest known name, so that no setting is silently ignored. The meaning of each setting is defined
 * where it is used.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import { hintFor, type NamePlace, settingMeant } from '../diagnostics/foreign-names.ts'
import {
  repeatedSetting,
  settingOutOfRange,
  unknownSetting,
  wrongSettingValue,
} from '../diagnostics/messages/settings.ts'
import { suggest } from '../diagnostics/suggest.ts'
import type { Block, BlockEntry, Entry, SetEntry } from '../syntax/ast.ts'
import type { CallExpression, Expression } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import type { BlockKind } from './setting-docs.ts'
import type { Scope } from './values.ts'

export interface EntryRules {
  readonly kind: BlockKind
  /** The kind of block, which decides the advice for names of other frameworks. */
  readonly place: NamePlace
  /** The block in messages: `data \`labelled\``. */
  readonly where: string
  readonly settings: readonly string[]
  readonly blocks?: readonly string[]
  /** Kinds of entries that are allowed beside settings: minimize, train ... */
  readonly others?: readonly Entry['kind'][]
  /** Settings that allow an `except`. */
  readonly exceptions?: readonly string[]
}
export interface Entries {
  readonly settings: ReadonlyMap<string, SetEntry>
  readonly blocks: ReadonlyMap<string, BlockEntry>
  readonly others: readonly Entry[]
  /** Settings and lines that a misspelt one probably meant. Their absence is no second error. */
  readonly meant: ReadonlySet<string>
}

export function readEntries(checker: Checker, block: Block<Entry>, rules: EntryRules): Entries {
  const settings = new Map<string, SetEntry>()
  const blocks = new Map<string, BlockEntry>()
  const others: Entry[] = []
  const renamed: [string, SetEntry][] = []
  const known = [...rules.settings, ...(rules.blocks ?? [])]
  checker.uses?.blocks.push({
    kind: rules.kind,
    span: block.span,
    settings: rules.settings,
    others: [...(rules.blocks ?? []), ...(rules.others ?? [])],
  })
  const meant = new Set<string>()
  const unknown = (name: string, span: Span): void => {
    const hint = hintFor(name, known, rules.place)
    checker.report(unknownSetting({ where: rules.where, name, span, known, hint }))
    const setting = settingMeant(name, known, rules.place)
    if (setting !== undefined) meant.add(setting)
  }
  if (checker.misread(block.span)) for (const name of [...known, ...(rules.others ?? [])]) meant.add(name)
  for (const entry of block.items) {
    if (checker.misread(entry.span)) continue
    if (entry.kind === 'set' || entry.kind === 'block') {
      const { text, span } = entry.name
      const right = entry.kind === 'set' ? rules.settings : (rules.blocks ?? [])
      if (!right.includes(text)) {
        if (known.includes(text)) checker.report(wrongForm(text, span, entry.kind))
        else {
          unknown(text, span)
          const { similar } = hintFor(text, known, rules.place)
          if (entry.kind === 'set' && similar !== undefined && rules.settings.includes(similar))
            renamed.push([similar, entry])
        }
        continue
      }
      const earlier = settings.get(text) ?? blocks.get(text)
      if (earlier) checker.report(repeatedSetting({ span, name: text, first: earlier.name.span }))
      if (entry.kind === 'block') blocks.set(text, entry)
      else {
        settings.set(text, entry)
        const exception = entry.exceptions[0]
        if (exception && !(rules.exceptions ?? []).includes(text)) {
          checker.report(
            wrongSettingValue({ span: exception.span, name: text, expected: 'one value', found: '`except`' }),
          )
        }
      }
    } else if ((rules.others ?? []).includes(entry.kind)) others.push(entry)
    else unknown(entry.kind, entry.span)
  }
  // The value of a misspelt setting is given to the setting that was meant, so that this does not seem to be
  // missing.
  for (const [name, entry] of renamed) if (!settings.has(name)) settings.set(name, entry)
  return { settings, blocks, others, meant }
}

function wrongForm(name: string, span: Span, form: 'set' | 'block') {
  return form === 'set'
    ? wrongSettingValue({
        span,
        name,
        expected: 'settings in braces',
        found: '`=`',
        help: `write ${name} { ... }`,
      })
    : wrongSettingValue({ span, name, expected: 'a value', found: 'braces', help: `write ${name} = ...` })
}

/** An expression as messages quote it: in full if it is short. */
export function describe(expression: Expression): string {
  switch (expression.kind) {
    case 'number':
    case 'string':
    case 'size':
    case 'quantity':
      return expression.text
    case 'name':
      return `\`${expression.name}\``
    case 'call':
      return describeCall(expression)
    case 'list':
      return 'a list'
    case 'range':
      return 'a range'
    case 'lambda':
      return 'a function'
    case 'member':
      return expression.base.kind === 'name'
        ? `\`${expression.base.name}.${expression.name.text}\``
        : 'a member'
    default:
      return 'an expression'
  }
}

/** `column(0)`, `column(...)` */
function describeCall({ callee, arguments: given }: CallExpression): string {
  if (callee.kind !== 'name') return 'a call'
  const [only] = given
  const single = given.length === 1 && (only?.value.kind === 'number' || only?.value.kind === 'string')
  return `\`${callee.name}(${single ? describe(only.value) : '...'})\``
}

/** One of a few words: `pad = longest`. Undefined after reporting. */
export function choice<Word extends string>(
  checker: Checker,
  name: string,
  expression: Expression,
  words: readonly Word[],
): Word | undefined {
  const word = expression.kind === 'name' && words.find((candidate) => candidate === expression.name)
  if (word) return word
  const near = expression.kind === 'name' ? suggest(expression.name, words) : undefined
  checker.report(
    wrongSettingValue({
      span: expression.span,
      name,
      expected: words.length === 2 ? words.join(' or ') : `one of ${words.join(', ')}`,
      found: describe(expression),
      ...(near === undefined ? {} : { help: `did you mean \`${near}\`?` }),
    }),
  )
  return undefined
}

const truth = ['true', 'false', 'yes', 'no', 'on', 'off'] as const

export function flag(checker: Checker, name: string, expression: Expression): boolean | undefined {
  const word = choice(checker, name, expression, truth)
  return word === undefined ? undefined : word === 'true' || word === 'yes' || word === 'on'
}

/** A number between limits. `text` states them in the message: `a share between 0 and 1`. */
export function limitedNumber(
  checker: Checker,
  name: string,
  expression: Expression,
  scope: Scope,
  within: (value: number) => boolean,
  text: string,
): number | undefined {
  const value = checker.number(expression, scope, name)
  if (value === undefined || within(value)) return value
  checker.report(settingOutOfRange({ span: expression.span, name, value: String(value), limits: text }))
  return undefined
}

export function share(
  checker: Checker,
  name: string,
  expression: Expression,
  scope: Scope,
): number | undefined {
  return limitedNumber(checker, name, expression, scope, (v) => v >= 0 && v <= 1, 'a share between 0 and 1')
}

/** A whole number of at least `least`. */
export function count(
  checker: Checker,
  name: string,
  expression: Expression,
  scope: Scope,
  least = 1,
): number | undefined {
  const value = checker.integer(expression, scope, name)
  if (value === undefined || value >= least) return value
  const limits = `at least ${least}`
  checker.report(settingOutOfRange({ span: expression.span, name, value: String(value), limits }))
  return undefined
}

/** The expression as a call of one of these functions: `column("label")`. */
export function callOf<Name extends string>(
  expression: Expression,
  names: readonly Name[],
): { readonly name: Name; readonly call: CallExpression } | undefined {
  if (expression.kind !== 'call' || expression.callee.kind !== 'name') return undefined
  const callee = expression.callee.name
  const name = names.find((candidate) => candidate === callee)
  return name === undefined ? undefined : { name, call: expression }
}

/** Binds the arguments of a call. Reports unknown, repeated and surplus ones. */
export function readArguments(
  checker: Checker,
  call: CallExpression,
  where: string,
  rules: {
    readonly positional: readonly string[]
    readonly named: readonly string[]
    readonly place?: NamePlace
  },
): ReadonlyMap<string, Expression> {
  const values = new Map<string, Expression>()
  const known = [...rules.positional, ...rules.named]
  let place = 0
  for (const argument of call.arguments) {
    const name = argument.name?.text ?? rules.positional[place++]
    const span = argument.name?.span ?? argument.value.span
    if (name === undefined) {
      const expected =
        rules.positional.length === 0
          ? 'named arguments only'
          : `${rules.positional.length} argument${rules.positional.length === 1 ? '' : 's'}`
      checker.report(wrongSettingValue({ span, name: where, expected, found: describe(argument.value) }))
    } else if (!known.includes(name)) {
      checker.report(
        unknownSetting({
          where: `\`${where}\``,
          name,
          span,
          known,
          hint: hintFor(name, known, rules.place ?? 'argument'),
        }),
      )
    } else if (values.has(name)) {
      checker.report(repeatedSetting({ span, name, first: values.get(name)?.span ?? span }))
    } else values.set(name, argument.value)
  }
  return values
}
