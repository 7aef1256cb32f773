/** Documents for the items of blocks. */
import type { Entry, InitLine, ModelItem, NamesLine } from './ast.ts'
import { type Doc, group, indent, space } from './layout.ts'
import { printBlock, printFamily } from './print-block.ts'
import { printExpression, printPath } from './print-expression.ts'

export function printEntry(entry: Entry, depth: number): Doc {
  switch (entry.kind) {
    case 'set': {
      const value = [entry.name.text, ' = ', printExpression(entry.value)]
      if (entry.exceptions.length === 0) return value
      const exceptions = entry.exceptions.map(({ paths, body }): Doc => {
        const list = paths.map((path, i) => [i > 0 ? ', ' : '', printPath(path)])
        return [space, 'except [', list, '] ', printBlock(body, printEntry, depth + 2)]
      })
      return group(value, indent(exceptions))
    }
    case 'block':
      return [entry.name.text, ' ', printBlock(entry.body, printEntry, depth)]
    case 'init':
      return ['init ', printBlock(entry.lines, printInitLine, depth)]
    case 'minimize':
      return ['minimize ', printExpression(entry.value)]
    case 'train':
    case 'freeze':
      return [entry.kind, ' ', printPath(entry.path)]
    case 'continue':
      return ['continue ', entry.name.text]
  }
}

function printInitLine({ path, source }: InitLine): Doc {
  return [printPath(path), ' from ', printExpression(source)]
}

export function printModelItem(item: ModelItem, depth: number): Doc {
  switch (item.kind) {
    case 'binding':
      return [item.adds ? 'setting ' : '', item.name.text, ' = ', printExpression(item.value)]
    case 'nested':
      return [item.name.text, ' ', printBlock(item.body, printModelItem, depth)]
    case 'repeated': {
      const { name, variable, loop, body } = item
      const block = printBlock(body, printModelItem, depth)
      if (!loop) return [name.text, '[', variable.text, '] ', block]
      const start = [' from ', loop.carry.text, ' = ', printExpression(loop.start)]
      return [name.text, printFamily({ variable, range: loop.range }), start, ' ', block]
    }
    case 'tap': {
      const index = item.family
        ? printFamily(item.family)
        : item.index
          ? ['[', printExpression(item.index), ']']
          : ''
      return ['tap ', item.name.text, index, ' = ', printExpression(item.value)]
    }
    case 'without':
      return ['without ', printPath(item.path)]
    case 'share': {
      if (item.groups) return ['share ', printPath(item.path), ' in ', printExpression(item.groups)]
      const count = item.count ?? { kind: 'number', value: 1, text: '1', span: item.span }
      const one = count.kind === 'number' && count.value === 1
      return ['share ', printPath(item.path), ' in ', printExpression(count), one ? ' group' : ' groups']
    }
    case 'factorize': {
      const from = item.from ? [' from ', printExpression(item.from)] : ''
      return ['factorize ', printPath(item.path), ' to ', printExpression(item.to), from]
    }
    case 'require':
      return ['require ', printExpression(item.condition), ' ', item.message.text]
    case 'names': {
      const prefix = item.prefix ? ` = ${item.prefix.text}` : ''
      return ['names ', item.name.text, prefix, ' ', printBlock(item.lines, printNamesLine, depth)]
    }
    case 'init':
      return ['init ', printBlock(item.lines, printInitLine, depth)]
  }
}

function printNamesLine(line: NamesLine, depth: number): Doc {
  switch (line.kind) {
    case 'leaf':
      return ['leaf ', line.name.text, ' -> ', line.to.text]
    case 'head':
      return ['head ', line.name.text, ' ', printBlock(line.lines, printNamesLine, depth)]
    case 'path': {
      const lines = line.lines ? [' ', printBlock(line.lines, printNamesLine, depth)] : ''
      return [printPath(line.path), line.transposed ? ' -> transposed ' : ' -> ', line.to.text, lines]
    }
  }
}
