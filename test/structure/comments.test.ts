import { describe, expect, it } from 'vitest'
import { read, sources } from '../docs/prose.ts'

/** Rows of constraints and of diagrams are not prose. */
const isProse = (line: string): boolean => !/==>|\S {2,}\S/.test(line.replace(/^\s*(?:\/\*\*|\*|\/\/) */, ''))

describe('comments are at most 110 columns wide in', () => {
  it.each(sources)('%s', (path) => {
    const wide = read(path)
      .split('\n')
      .filter((line) => line.length > 110 && /^\s*(?:\/\*\*|\* |\/\/)/.test(line) && isProse(line))
    expect(wide).toEqual([])
  })
})
