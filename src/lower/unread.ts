/** Parts of the models of a stage that no loss reads. */
import type { ModelInstance, Program, Stage } from '../check/program.ts'
import type { Term } from '../check/tensor-term.ts'
import { reachable } from '../check/term-reads.ts'

/** Paths of the largest such parts, of models that some loss reads: `T.pooler`, `T.layer[10..12]`. */
export function unreadParts(program: Program, stage: Stage): readonly string[] {
  const read = readTerms(stage)
  return modelsOf(program, read).flatMap((instance) => unreadOf(instance, read))
}

/**
 * The last values of these models, by path: those that nothing else in the model reads. All other values that
 * no loss reads lead to them.
 */
export function unreadEnds(program: Program, stage: Stage): ReadonlyMap<string, Term> {
  const read = readTerms(stage)
  const ends = new Map<string, Term>()
  for (const { name, taps } of modelsOf(program, read)) {
    const unread = [...taps].filter(([, term]) => !read.has(term))
    const inner = new Set(reachable(...unread.flatMap(([, { inputs }]) => inputs)))
    for (const [path, term] of unread) {
      if (inner.has(term)) continue
      inner.add(term)
      ends.set(`${name}.${path}`, term)
    }
  }
  return ends
}

function readTerms(stage: Stage): ReadonlySet<Term> {
  return new Set(reachable(stage.minimize, ...stage.terms.map(({ term }) => term)))
}

/** Models of which a parameter is read. */
function modelsOf(program: Program, read: ReadonlySet<Term>): readonly ModelInstance[] {
  const owners = new Set<string>()
  for (const { operation } of read) if (operation.op === 'parameter') owners.add(operation.parameter.owner)
  return [...program.instances.values()].filter(({ name }) => owners.has(name))
}

interface Part {
  readonly parts: Map<string, Part>
  /** Something in it is read. */
  read: boolean
}

function unreadOf({ name, taps }: ModelInstance, read: ReadonlySet<Term>): readonly string[] {
  const root: Part = { parts: new Map(), read: false }
  const seen = new Set<Term>()
  for (const [path, term] of taps) {
    // `hidden[3]` and `scores[3]` are other names of what layers make
    if (/^\w+\[\d+\]$/.test(path) || seen.has(term)) continue
    seen.add(term)
    let part = root
    for (const step of path.split('.')) {
      part.read ||= read.has(term)
      const next = part.parts.get(step) ?? { parts: new Map(), read: false }
      part.parts.set(step, next)
      part = next
    }
    part.read ||= read.has(term)
  }
  return joined(largestUnread(root)).map((path) => `${name}.${path}`)
}

function largestUnread({ parts }: Part): string[] {
  return [...parts].flatMap(([step, part]) =>
    part.read ? largestUnread(part).map((path) => `${step}.${path}`) : [step],
  )
}

/** `layer[10]`, `layer[11]`, `layer[12]` -> `layer[10..12]` */
function joined(paths: readonly string[]): string[] {
  const result: string[] = []
  let run: { name: string; first: number; last: number } | undefined
  const end = (): void => {
    if (run === undefined) return
    result.push(
      run.first === run.last ? `${run.name}[${run.first}]` : `${run.name}[${run.first}..${run.last}]`,
    )
    run = undefined
  }
  for (const path of paths) {
    const [, name, index] = /^(\w+)\[(\d+)\]$/.exec(path) ?? []
    if (name === undefined) {
      end()
      result.push(path)
    } else if (run?.name === name && run.last + 1 === Number(index)) run.last++
    else {
      end()
      run = { name, first: Number(index), last: Number(index) }
    }
  }
  end()
  return result
}
