/** Names of values in the spec, and their lines: names and comments of statements. */
import type { Program } from '../check/program.ts'
import type { Span } from '../diagnostics/diagnostic.ts'
import { inComment } from './own-words.ts'

interface Binding {
  readonly span: Span
  /** `attention.query` */
  readonly name: string
}

export class Bindings {
  private readonly program: Program
  private readonly byFile = new Map<string, Map<string, Binding>>()
  private readonly found = new Map<string, string | undefined>()
  private readonly starts = new Map<string, readonly number[]>()

  constructor(program: Program) {
    this.program = program
    for (const { taps } of program.instances.values()) {
      for (const [path, { span }] of taps) this.add(span, path)
    }
    for (const { terms } of program.stages) for (const { name, term } of terms) this.add(term.span, name)
  }

  private add(span: Span, path: string): void {
    const file = this.byFile.get(span.file) ?? new Map<string, Binding>()
    this.byFile.set(span.file, file)
    const id = `${span.start} ${span.end}`
    const name = path.replace(/\w+\[\d+\]\./g, '').replace(/\[\d+\]/g, '')
    if (!file.has(id)) file.set(id, { span, name })
  }

  /** The binding whose expression a place is in, without layer and model. */
  around(place: Span | undefined): string | undefined {
    if (place === undefined) return undefined
    const id = `${place.file} ${place.start} ${place.end}`
    if (this.found.has(id)) return this.found.get(id)
    let best: Binding | undefined
    for (const binding of this.byFile.get(place.file)?.values() ?? []) {
      const { start, end } = binding.span
      const within = start <= place.start && place.end <= end
      if (within && (!best || end - start < best.span.end - best.span.start)) best = binding
    }
    this.found.set(id, best?.name)
    return best?.name
  }

  /** `std/bert.distill:21` */
  line(place: Span | undefined): string | undefined {
    if (place === undefined) return undefined
    let starts = this.starts.get(place.file)
    if (starts === undefined) {
      const text = this.program.sources.get(place.file) ?? ''
      starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
      this.starts.set(place.file, starts)
    }
    return `${inComment(place.file)}:${starts.filter((start) => start <= place.start).length}`
  }
}
