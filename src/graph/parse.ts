/**
 * Reads the text of a graph (print.ts): repeats are unfolded, every type is inferred again and compared with
 * the written one. One statement a line, so a small reader by hand is enough; a mistake is a GraphError with
 * its line.
 *
 *   graph      = "graph" name "(" [ name ":" type { "," name ":" type } ] ")" "{" [ parameters ] { repeat | statement } "}"
 *   parameters = "parameters" "{" { "$" name ":" type } "}"                       an index there may be `[1..12]` or `[1, 4, 7..9]`, all combinations of several
 *   repeat     = "repeat" variable "in" integer ".." integer [ "carry" value "=" operand { "," value "=" operand } ] "{" { statement } "}"
 *   statement  = value "=" op [ operand { "," operand } ] [ attributes ] ":" type  |  name "=" operand
 *   operand    = value [ "[" index "]" ] | "%" name | "$" name | number | ".bias" | "[" operand { "," operand } "]" "[" variable "]"
 *
 * In a repeat, `%8` is a value of this time round and `%8[m - 1]` of the time before; `carry %8 = %3` gives
 * the one before the first. A list `[%1, %2, %3][m]` is read by the time round, whatever the index starts at.
 * `.bias` after `$S.up.weight` is `$S.up.bias`.
 */
import { Builder, type OpShapes } from './build.ts'
import { Cursor, type Round } from './cursor.ts'
import { type Attributes, type Graph, GraphError, type Node, type TensorType } from './graph.ts'
import { leafName } from './leaf.ts'
import { parentName } from './text.ts'
import { equalTypes, printType } from './type.ts'

interface Line {
  readonly number: number
  readonly text: string
}

/** The graph of a text. Throws GraphError (`line 7: ...`) for a text that is none. */
export function parseGraph(text: string, ops: OpShapes): Graph {
  return new GraphReader(text, ops).read()
}

class GraphReader {
  private readonly lines: readonly Line[]
  private readonly builder: Builder
  private readonly leaves = new Map<string, Node>()
  private readonly values = new Map<string, Node>()
  /** Values of a repeat by number, then index. */
  private readonly families = new Map<string, Map<number, Node>>()
  private readonly outputs = new Map<string, Node>()
  private at = 0

  constructor(text: string, ops: OpShapes) {
    this.lines = text
      .split('\n')
      .map((line, i) => ({ number: i + 1, text: withoutComment(line).trim() }))
      .filter((line) => line.text !== '')
    this.builder = new Builder(ops)
  }

  read(): Graph {
    const name = this.header()
    if (this.lines[this.at]?.text === 'parameters {') this.parameters()
    for (;;) {
      const line = this.next()
      if (line.text === '}') break
      if (line.text.startsWith('repeat ')) this.repeat(line)
      else onLine(line, () => this.statement(new Cursor(line.text)))
    }
    const rest = this.lines[this.at]
    if (rest !== undefined) throw new GraphError(`line ${rest.number}: expected the end of the text`)
    return this.builder.finish(name, this.outputs)
  }

  private next(): Line {
    const line = this.lines[this.at++]
    if (line === undefined)
      throw new GraphError(
        `line ${(this.lines.at(-1)?.number ?? 0) + 1}: expected \`}\`, found the end of the text`,
      )
    return line
  }

  private header(): string {
    const line = this.next()
    return onLine(line, () => {
      const cursor = new Cursor(line.text)
      cursor.expect('graph')
      const name = cursor.name()
      cursor.expect('(')
      while (!cursor.take(')')) {
        if (this.leaves.size > 0) cursor.expect(',')
        const input = cursor.name()
        cursor.expect(':')
        this.hold(this.leaves, `%${input}`, this.builder.input(input, cursor.type()))
      }
      cursor.expect('{')
      finish(cursor)
      return name
    })
  }

  private parameters(): void {
    this.next()
    for (let line = this.next(); line.text !== '}'; line = this.next()) {
      onLine(line, () => {
        for (const text of expandRanges(line.text)) {
          const cursor = new Cursor(text)
          cursor.expect('$')
          const name = cursor.name()
          cursor.expect(':')
          this.hold(this.leaves, `$${name}`, this.builder.parameter(name, cursor.type()))
          finish(cursor)
        }
      })
    }
  }

  private repeat(head: Line): void {
    const body: Line[] = []
    for (let line = this.next(); line.text !== '}'; line = this.next()) {
      onLine(line, () => {
        if (line.text.startsWith('repeat ')) throw new GraphError('a repeat within a repeat')
      })
      body.push(line)
    }
    const { variable, first, last } = onLine(head, () => this.repeatHead(new Cursor(head.text), body))
    const direction = last < first ? -1 : 1
    for (let round = 0; round <= Math.abs(last - first); round++) {
      const place: Round = { variable, index: first + direction * round, round }
      for (const line of body) onLine(line, () => this.statement(new Cursor(line.text, place), place))
    }
  }

  private repeatHead(
    cursor: Cursor,
    body: readonly Line[],
  ): { variable: string; first: number; last: number } {
    cursor.expect('repeat')
    const variable = cursor.match(/[A-Za-z]+/y) ?? cursor.fail('the name of an index')
    cursor.expect('in')
    const first = cursor.integer()
    cursor.expect('..')
    const last = cursor.integer()
    for (const line of body) {
      const number = /^%(\d+) =/.exec(line.text)?.[1]
      if (number === undefined) continue
      if (this.families.has(number) || this.values.has(number)) {
        throw new GraphError(`line ${line.number}: %${number} is named twice`)
      }
      this.families.set(number, new Map())
    }
    if (cursor.take('carry')) {
      do {
        const number = this.valueNumber(cursor)
        cursor.expect('=')
        const family = this.families.get(number)
        if (family === undefined) throw new GraphError(`%${number} is carried but not in the repeat`)
        family.set(first - (last < first ? -1 : 1), this.operand(cursor))
      } while (cursor.take(','))
    }
    cursor.expect('{')
    finish(cursor)
    return { variable, first, last }
  }

  private valueNumber(cursor: Cursor): string {
    cursor.expect('%')
    return cursor.match(/\d+/y) ?? cursor.fail('the number of a value')
  }

  private statement(cursor: Cursor, place?: Round): void {
    if (!cursor.peek('%')) {
      const name = cursor.name(true)
      cursor.expect('=')
      if (this.outputs.has(name)) throw new GraphError(`output ${name} is named twice`)
      this.outputs.set(name, this.operand(cursor, place))
      finish(cursor)
      return
    }
    const number = this.valueNumber(cursor)
    cursor.expect('=')
    const node = this.node(cursor, place)
    const family = this.families.get(number)
    if (place !== undefined && family !== undefined) family.set(place.index, node)
    else if (family !== undefined) throw new GraphError(`%${number} is named twice`)
    else this.hold(this.values, number, node)
  }

  private node(cursor: Cursor, place: Round | undefined): Node {
    const op = cursor.match(/\w+/y) ?? cursor.fail('an op')
    const inputs: Node[] = []
    if (!cursor.peek('{') && !cursor.peek(':')) {
      do inputs.push(this.sibling(cursor, inputs.at(-1)) ?? this.operand(cursor, place))
      while (cursor.take(','))
    }
    const attributes: Attributes = cursor.peek('{') ? cursor.attributes() : {}
    cursor.expect(':')
    const written: TensorType = cursor.type()
    finish(cursor)
    const node = this.builder.add(op, inputs, attributes)
    if (!equalTypes(node.type, written)) {
      throw new GraphError(`${op} gives ${printType(node.type)}, not ${printType(written)}`)
    }
    return node
  }

  /** `.bias` after `$S.layer[1].ffn.up.weight` */
  private sibling(cursor: Cursor, before: Node | undefined): Node | undefined {
    if (before?.op !== 'parameter' || !cursor.take('.')) return undefined
    return this.leaf(`$${parentName(leafName(before) ?? '')}.${cursor.name()}`)()
  }

  private operand(cursor: Cursor, place?: Round): Node {
    return this.lazyOperand(cursor, place)()
  }

  /**
   * Reads an operand, to be looked up later: of a list only one entry is needed, and others may not exist
   * yet.
   */
  private lazyOperand(cursor: Cursor, place: Round | undefined): () => Node {
    if (cursor.take('[')) {
      const list = [this.lazyOperand(cursor, place)]
      while (cursor.take(',')) list.push(this.lazyOperand(cursor, place))
      cursor.expect(']')
      const chosen = list[cursor.listEnd(list.length)]
      return () => chosen?.() ?? cursor.fail('a value')
    }
    if (cursor.take('$')) return this.leaf(`$${cursor.name()}`)
    if (!cursor.take('%')) {
      const value = cursor.number() ?? cursor.fail('a value')
      return () => this.builder.constant(value)
    }
    const number = cursor.match(/\d+/y)
    if (number === undefined) return this.leaf(`%${cursor.name()}`)
    const index = cursor.peek('[') ? cursor.bracketedIndex() : undefined
    return () => this.value(number, index, place)
  }

  private leaf(name: string): () => Node {
    return () => {
      const node = this.leaves.get(name)
      if (node === undefined) throw new GraphError(`${name} is not declared`)
      return node
    }
  }

  private value(number: string, index: number | undefined, place: Round | undefined): Node {
    const family = this.families.get(number)
    const at = index ?? place?.index
    const node =
      family === undefined ? this.values.get(number) : at === undefined ? undefined : family.get(at)
    if (node === undefined || (family === undefined && index !== undefined)) {
      throw new GraphError(`there is no value %${number}${index === undefined ? '' : `[${index}]`} here`)
    }
    return node
  }

  private hold(map: Map<string, Node>, name: string, node: Node): void {
    if (map.has(name)) throw new GraphError(`${name} is named twice`)
    map.set(name, node)
  }
}

function finish(cursor: Cursor): void {
  if (!cursor.done) cursor.fail('the end of the line')
}

/** Adds the line to a GraphError that has none. */
function onLine<T>(line: Line, action: () => T): T {
  try {
    return action()
  } catch (error) {
    if (!(error instanceof GraphError) || error.message.startsWith('line ')) throw error
    throw new GraphError(`line ${line.number}: ${error.message}`)
  }
}

/** The line without ` // ...`, unless that is inside quotes. */
function withoutComment(line: string): string {
  return /^(?:[^"/]|"(?:[^"\\]|\\.)*"|\/(?!\/))*/.exec(line)?.[0] ?? ''
}

/** `$S.layer[1..3].w : f32[row 2]` is three lines, `$S.layer[1..2].ffn[1..4].w` eight. */
function expandRanges(text: string): string[] {
  const found = /^(\$[^:"]*\[)(\d+(?:(?:\.\.|, ?)\d+)+)(\][^:"]*:.*)$/.exec(text)
  if (found === null) return [text]
  const [, before = '', list = '', after = ''] = found
  const numbers = list.split(',').flatMap((piece) => {
    const [from = 0, to = from] = piece.split('..').map(Number)
    if (to < from) throw new GraphError(`no range: ${piece}`)
    return Array.from({ length: to - from + 1 }, (_, i) => from + i)
  })
  return numbers.flatMap((number) => expandRanges(before + number + after))
}
