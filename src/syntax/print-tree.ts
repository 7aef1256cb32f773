/**
 * The syntax tree as indented text, without places and comments, for `compile --emit ast` and for tests. Each
 * node has a line. Expressions are in prefix form, which shows their grouping: `(+ a (* b c))`.
 */
import type {
  Block,
  Declaration,
  Entry,
  Family,
  InitLine,
  ModelItem,
  NamesLine,
  Parameter,
  SourceFile,
} from './ast.ts'
import type { Expression, Path } from './expressions.ts'

/**
 * Ends with a newline. Two trees have the same text if and only if they differ only in places, comments and
 * layout.
 */
export function printTree(tree: SourceFile): string {
  const lines = ['file', ...indented(tree.declarations.flatMap(declarationLines))]
  return `${lines.join('\n')}\n`
}

const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}`)

function blockLines<T>(block: Block<T>, linesOf: (item: T) => string[]): string[] {
  return indented(block.items.flatMap(linesOf))
}

function declarationLines(d: Declaration): string[] {
  switch (d.kind) {
    case 'import': {
      const names = d.names.map(({ name, as }) => (as ? `${name.text} as ${as.text}` : name.text))
      return [`import ${names.join(' ')} from ${d.from.text}`]
    }
    case 'setting':
      return [`setting ${d.name.text} ${expressionText(d.value)}`]
    case 'data':
      return [`data ${d.name.text}${d.base ? ` of ${d.base.text}` : ''}`, ...blockLines(d.body, entryLines)]
    case 'model':
      return [
        `model ${d.name.text}${d.base ? ` of ${d.base.text}` : ''}`,
        ...(d.body ? blockLines(d.body, modelItemLines) : []),
      ]
    case 'head':
      return [`head ${d.name.text} ${parametersText(d.parameters)}`, ...blockLines(d.body, modelItemLines)]
    case 'instance':
      return [`${d.role} ${d.name.text} of ${d.model.text}`, ...blockLines(d.body, entryLines)]
    case 'copy':
      return [`${d.role} ${d.name.text} copy of ${d.of.text} after ${d.after.text}`]
    case 'map':
      return [`map ${d.name.text} from ${pathText(d.from)} to ${pathText(d.to)} ${expressionText(d.value)}`]
    case 'projection': {
      const paths = `from ${pathText(d.from)} to ${pathText(d.to)}`
      return [`projection ${d.name.text}${familyText(d.family)} ${paths} ${expressionText(d.value)}`]
    }
    case 'def':
    case 'loss': {
      const parameters = d.parameters ? ` ${parametersText(d.parameters)}` : ''
      return [`${d.kind} ${d.name.text}${parameters} ${expressionText(d.body)}`]
    }
    case 'stage': {
      const after = d.after ? ` after ${d.after.text}` : ''
      return [`stage ${d.name.text}${familyText(d.family)}${after}`, ...blockLines(d.body, entryLines)]
    }
    case 'sweep':
      return ['sweep', ...blockLines(d.body, entryLines)]
  }
}

function parametersText(parameters: readonly Parameter[]): string {
  const texts = parameters.map(({ name, defaultValue }) =>
    defaultValue ? `${name.text}: ${expressionText(defaultValue)}` : name.text,
  )
  return `(${texts.join(' ')})`
}

function familyText(family: Family | undefined): string {
  return family ? ` for ${family.variable.text} in ${expressionText(family.range)}` : ''
}

function entryLines(entry: Entry): string[] {
  switch (entry.kind) {
    case 'set':
      return [
        `set ${entry.name.text} ${expressionText(entry.value)}`,
        ...indented(
          entry.exceptions.flatMap(({ paths, body }) => [
            `except ${paths.map(pathText).join(' ')}`,
            ...blockLines(body, entryLines),
          ]),
        ),
      ]
    case 'block':
      return [`block ${entry.name.text}`, ...blockLines(entry.body, entryLines)]
    case 'init':
      return ['init', ...blockLines(entry.lines, initLines)]
    case 'minimize':
      return [`minimize ${expressionText(entry.value)}`]
    case 'train':
    case 'freeze':
      return [`${entry.kind} ${pathText(entry.path)}`]
    case 'continue':
      return [`continue ${entry.name.text}`]
  }
}

function initLines({ path, source }: InitLine): string[] {
  return [`${pathText(path)} from ${expressionText(source)}`]
}

function modelItemLines(item: ModelItem): string[] {
  switch (item.kind) {
    case 'binding':
      return [`${item.adds ? 'setting' : 'bind'} ${item.name.text} ${expressionText(item.value)}`]
    case 'nested':
      return [`nested ${item.name.text}`, ...blockLines(item.body, modelItemLines)]
    case 'repeated': {
      const { name, variable, loop, body } = item
      const start = loop && ` from ${loop.carry.text} ${expressionText(loop.start)}`
      const over = loop ? `${familyText({ variable, range: loop.range })}${start}` : ` [${variable.text}]`
      return [`repeated ${name.text}${over}`, ...blockLines(body, modelItemLines)]
    }
    case 'tap': {
      const index = item.index ? ` [${expressionText(item.index)}]` : ''
      return [`tap ${item.name.text}${index}${familyText(item.family)} ${expressionText(item.value)}`]
    }
    case 'without':
      return [`without ${pathText(item.path)}`]
    case 'share': {
      const groups = item.groups ?? item.count
      return [`share ${pathText(item.path)} in ${groups ? expressionText(groups) : '1'}`]
    }
    case 'factorize': {
      const from = item.from ? ` from ${expressionText(item.from)}` : ''
      return [`factorize ${pathText(item.path)} to ${expressionText(item.to)}${from}`]
    }
    case 'require':
      return [`require ${expressionText(item.condition)} ${item.message.text}`]
    case 'names': {
      const prefix = item.prefix ? ` ${item.prefix.text}` : ''
      return [`names ${item.name.text}${prefix}`, ...blockLines(item.lines, namesLines)]
    }
    case 'init':
      return ['init', ...blockLines(item.lines, initLines)]
  }
}

function namesLines(line: NamesLine): string[] {
  switch (line.kind) {
    case 'leaf':
      return [`leaf ${line.name.text} -> ${line.to.text}`]
    case 'head':
      return [`head ${line.name.text}`, ...blockLines(line.lines, namesLines)]
    case 'path':
      return [
        `${pathText(line.path)} -> ${line.transposed ? 'transposed ' : ''}${line.to.text}`,
        ...(line.lines ? blockLines(line.lines, namesLines) : []),
      ]
  }
}

function pathText(path: Path): string {
  return path.components
    .map(({ name, index }) => {
      if (index === undefined) return name
      return `${name}[${index === '*' ? '*' : expressionText(index)}]`
    })
    .join('.')
}

/** Prefix form: `(mse (index (. S hidden) m) x)`, with `(paren x)` for written parentheses. */
export function expressionText(e: Expression): string {
  switch (e.kind) {
    case 'number':
    case 'size':
    case 'string':
      return e.text
    case 'name':
      return e.name
    case 'quantity':
      return `(${e.unit} ${e.text})`
    case 'parenthesized':
      return `(paren ${expressionText(e.value)})`
    case 'list':
      return `[${e.items.map(expressionText).join(' ')}]`
    case 'range':
      return `(.. ${expressionText(e.from)} ${expressionText(e.to)})`
    case 'lambda':
      return `(-> ${e.variable.text} ${expressionText(e.body)})`
    case 'negate':
      return `(- ${expressionText(e.value)})`
    case 'binary':
      return `(${e.operator} ${expressionText(e.left)} ${expressionText(e.right)})`
    case 'if':
      return `(if ${[e.condition, e.then, e.else].map(expressionText).join(' ')})`
    case 'suffix': {
      const parts = [
        ...(e.per ? [`per: (${e.per.axes.map(({ text }) => text).join(' ')})`] : []),
        ...(e.where ? [`where: ${e.where.mask.text}`] : []),
        ...(e.within ? ['within: example'] : []),
        ...(e.on ? [`on: ${e.on.data.text}`] : []),
      ]
      return `(suffix ${expressionText(e.value)} ${parts.join(' ')})`
    }
    case 'call': {
      const values = e.arguments.map(
        ({ name, value }) => `${name ? `${name.text}: ` : ''}${expressionText(value)}`,
      )
      return `(${['call', expressionText(e.callee), ...values].join(' ')})`
    }
    case 'index':
      return `(index ${expressionText(e.base)} ${expressionText(e.index)})`
    case 'member':
      return `(. ${expressionText(e.base)} ${e.name.text})`
    case 'binder':
      return `(${e.how} ${e.variable.text} ${expressionText(e.over)} ${expressionText(e.body)})`
  }
}
