/**
 * The parts of a stage's loss: the named terms with their weights, the parameters that its gradient reaches,
 * and whether it is a sum over micro-batches.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import type { Checker } from './checker.ts'
import { type LossTerm, parameterKey, type ScheduledNumber } from './program.ts'
import type { Term } from './tensor-term.ts'
import { isScheduled, isWeight, reachableWhere } from './term-reads.ts'
import type { TermFactory } from './terms.ts'

interface Weighted {
  readonly term: Term
  readonly weight: Term
}

/**
 * The losses of `minimize 5 * imitate + 2 * hard + cosine`, unweighted, each with its factor. Parts without a
 * `loss` declaration become one term. It is called `loss` if nothing is named, otherwise `rest`. A loss
 * inside another function (`max(a, b)`) has no weight.
 * @param below the term and all terms below it, each behind its inputs
 */
export function lossTerms(checker: Checker, minimize: Term, below: readonly Term[], span: Span): LossTerm[] {
  const { terms } = checker
  const named: (Weighted & { readonly name: string; readonly span: Span })[] = []
  const anonymous: Weighted[] = []
  // A stack in place of recursion: a sum may be thousands of terms deep.
  const stack: Weighted[] = [{ term: minimize, weight: terms.number(1, span) }]
  for (let part = stack.pop(); part; part = stack.pop()) {
    const { term, weight } = part
    const use = checker.lossOf(term)
    const parts = use ? undefined : summands(terms, term, weight)
    if (use) named.push({ term, weight, name: use.name, span: use.declaration.name.span })
    else if (parts) stack.push(...parts.toReversed())
    else anonymous.push(part)
  }
  const result = new Map<Term, LossTerm>()
  for (const part of named) {
    const earlier = result.get(part.term)
    const weight = earlier?.weight ? sum(terms, earlier.weight, part.weight) : part.weight
    result.set(part.term, { name: part.name, term: part.term, weight, span: part.span })
  }
  const holding = holdingLosses(checker, below)
  const inside = anonymous.map(({ term }) => term).filter((term) => holding.has(term))
  for (const term of reachableWhere((below) => holding.has(below), inside)) {
    const use = checker.lossOf(term)
    if (use) result.set(term, { name: use.name, term, span: use.declaration.name.span })
  }
  const plain = anonymous.filter(({ term }) => !holding.has(term))
  const losses = shortNames(checker, [...result.values()])
  if (losses.length === 0)
    return withSchedules(terms, [{ name: 'loss', term: minimize, weight: terms.number(1, span), span }])
  const rest = plain.filter(({ term }) => !isWeight(term))
  if (rest.length > 0) {
    const total = rest
      .map(({ term, weight }) => product(terms, weight, term))
      .reduce((a, b) => sum(terms, a, b))
    losses.push({ name: 'rest', term: total, weight: terms.number(1, span), span })
  }
  return withSchedules(terms, distinct(losses))
}

/** Those of these terms that are declared losses, or contain one. */
function holdingLosses(checker: Checker, terms: readonly Term[]): ReadonlySet<Term> {
  const holding = new Set<Term>()
  for (const term of terms) {
    if (checker.lossOf(term) !== undefined || term.inputs.some((input) => holding.has(input)))
      holding.add(term)
  }
  return holding
}

function withSchedules(terms: TermFactory, losses: readonly LossTerm[]): LossTerm[] {
  return losses.map((loss) => {
    const scheduled = scheduledNumbers(terms, loss.term)
    return scheduled.length > 0 ? { ...loss, scheduled } : loss
  })
}

/**
 * The largest parts of a loss that are numbers of the schedule. Numbers computed from an argument that is
 * listed itself are left out: of `T^2 * kl(s / T, t / T)` only T remains.
 */
function scheduledNumbers({ argumentNames }: TermFactory, loss: Term): ScheduledNumber[] {
  const found = new Set<Term>()
  for (const term of reachableWhere(({ facts }) => facts.readsSchedule, [loss]))
    if (!isWeight(term)) for (const input of term.inputs) if (isScheduled(input)) found.add(input)
  // Weights that are computed from an argument and read the schedule. Inputs of a term come before it.
  const ofArgument = new Set<Term>()
  for (const term of reachableWhere(isScheduled, [...found])) {
    const argument = found.has(term) && argumentNames.has(term)
    if (argument || term.inputs.some((input) => ofArgument.has(input))) ofArgument.add(term)
  }
  const told = [...found].filter((term) => argumentNames.has(term) || !ofArgument.has(term))
  return told.map((term) => {
    const [argument, ...others] = argumentNames.get(term) ?? []
    return { term, ...(argument === undefined || others.length > 0 ? {} : { argument }) }
  })
}

/**
 * A loss with parameters is named with its arguments only if the stage uses it twice: `hidn`, but
 * `hidn(S, G)` beside `hidn(S, T)`.
 */
function shortNames(checker: Checker, losses: readonly LossTerm[]): LossTerm[] {
  const declared = losses.map(({ term, name }) => checker.lossOf(term)?.declaration.name.text ?? name)
  const uses = new Map<string, number>()
  for (const name of declared) uses.set(name, (uses.get(name) ?? 0) + 1)
  return losses.map((loss, i) => {
    const name = declared[i] ?? loss.name
    return uses.get(name) === 1 ? { ...loss, name } : loss
  })
}

/**
 * Values are stored by name. Equal names are numbered: `layer(m)`, `layer(m) #2` for
 * `sum m in 0..1 { layer(m) }`.
 */
function distinct(losses: readonly LossTerm[]): LossTerm[] {
  const times = new Map<string, number>()
  return losses.map((loss) => {
    const time = (times.get(loss.name) ?? 0) + 1
    times.set(loss.name, time)
    return time === 1 ? loss : { ...loss, name: `${loss.name} #${time}` }
  })
}

/** The parts of a sum, or of a product or quotient with a weight; undefined for anything else. */
function summands(
  terms: TermFactory,
  { operation, inputs, span }: Term,
  weight: Term,
): Weighted[] | undefined {
  const [a, b] = inputs
  if (operation.op === 'unary' && operation.name === 'negate' && a) {
    return [{ term: a, weight: negative(terms, weight) }]
  }
  if (operation.op !== 'binary' || a === undefined || b === undefined) return undefined
  switch (operation.name) {
    case '+':
      return [
        { term: a, weight },
        { term: b, weight },
      ]
    case '-':
      return [
        { term: a, weight },
        { term: b, weight: negative(terms, weight) },
      ]
    case '*':
      if (isWeight(a)) return [{ term: b, weight: product(terms, weight, a) }]
      return isWeight(b) ? [{ term: a, weight: product(terms, weight, b) }] : undefined
    case '/':
      return isWeight(b) ? [{ term: a, weight: quotient(terms, weight, b, span) }] : undefined
    default:
      return undefined
  }
}

function numberIn({ operation }: Term): number | undefined {
  return operation.op === 'number' ? operation.value : undefined
}

function product(terms: TermFactory, a: Term, b: Term): Term {
  const [x, y] = [numberIn(a), numberIn(b)]
  if (x !== undefined && y !== undefined) return terms.number(x * y, b.span)
  if (x === 1) return b
  if (y === 1) return a
  return terms.binary('*', a, b, [...a.axes, ...b.axes], b.span)
}

function quotient(terms: TermFactory, a: Term, b: Term, span: Span): Term {
  const [x, y] = [numberIn(a), numberIn(b)]
  return x !== undefined && y !== undefined ? terms.number(x / y, span) : terms.binary('/', a, b, [], span)
}

function sum(terms: TermFactory, a: Term, b: Term): Term {
  const [x, y] = [numberIn(a), numberIn(b)]
  return x !== undefined && y !== undefined
    ? terms.number(x + y, b.span)
    : terms.binary('+', a, b, [], b.span)
}

function negative(terms: TermFactory, a: Term): Term {
  const x = numberIn(a)
  return x === undefined ? terms.unary('negate', a, a.span) : terms.number(-x, a.span)
}

/** Whether a gradient passes through this operation to its inputs. */
export function passesGradient({ operation }: Term): boolean {
  return operation.op !== 'unary' || (operation.name !== 'stop_gradient' && operation.name !== 'floor')
}

/**
 * Keys of the parameters that a gradient of `root` reaches. It does not pass `constant(x)`, `floor`,
 * comparisons or integers.
 */
export function gradientReach(root: Term): Set<string> {
  const keys = new Set<string>()
  const seen = new Set<Term>([root])
  const stack = [root]
  for (let term = stack.pop(); term; term = stack.pop()) {
    const { operation } = term
    if (operation.op === 'parameter') keys.add(parameterKey(operation.parameter))
    if (!passesGradient(term)) continue
    for (const input of term.inputs) {
      if (input.type !== 'real' || seen.has(input)) continue
      seen.add(input)
      stack.push(input)
    }
  }
  return keys
}

/**
 * The reason why a loss is not a sum over micro-batches; undefined if it is. It is one if it is a weighted
 * sum of reductions, none of which compares examples.
 */
export function notAdditive(root: Term): string | undefined {
  const seen = new Set<Term>()
  const stack = [root]
  for (let term = stack.pop(); term; term = stack.pop()) {
    if (seen.has(term) || isWeight(term)) continue
    seen.add(term)
    const { operation, inputs } = term
    const [a, b] = inputs
    if (operation.op === 'reduction') {
      const why = a && crossesExamples(a)
      if (why !== undefined) return why
      continue
    }
    const linear =
      (operation.op === 'unary' && operation.name === 'negate') ||
      (operation.op === 'binary' &&
        a !== undefined &&
        b !== undefined &&
        (operation.name === '+' ||
          operation.name === '-' ||
          (operation.name === '*' && (isWeight(a) || isWeight(b))) ||
          (operation.name === '/' && isWeight(b))))
    if (!linear) return 'a reduced loss enters it other than in a weighted sum'
    const isSum = operation.op === 'binary' && (operation.name === '+' || operation.name === '-')
    if (isSum && inputs.some((input) => isWeight(input) && numberIn(input) !== 0))
      return 'each part would add its number again (`mean(1 - x)` is `1 - mean(x)` and can be added up)'
    stack.push(...inputs)
  }
  return undefined
}

function crossesExamples({ facts }: Term): string | undefined {
  if (facts.reduced) return 'one of its losses contains a loss that is reduced already'
  return facts.crossesExamples ? 'one of its losses compares examples with each other' : undefined
}
