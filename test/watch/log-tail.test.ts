/** A log is read as it grows, in pieces of any size, and from its start where it is another file. */
import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { LogTail } from '../../src/watch/log-tail.ts'

const home = mkdtempSync(join(tmpdir(), 'distill-tail-'))
afterAll(() => rmSync(home, { recursive: true }))

describe('the tail of a log', () => {
  it('has each line once, when it is complete', () => {
    const file = join(home, 'grows')
    const tail = new LogTail(file)
    expect(tail.read()).toEqual({ lines: [], isNew: false })
    writeFileSync(file, '{"a":1}\n{"b"')
    expect(tail.read()).toEqual({ lines: [{ a: 1 }], isNew: true })
    appendFileSync(file, ':"')
    expect(tail.read()).toEqual({ lines: [], isNew: false })
    // A letter of two bytes may come in two parts.
    const rest = Buffer.from('é"}\ndamaged\n[3]\n')
    appendFileSync(file, rest.subarray(0, 1))
    expect(tail.read().lines).toEqual([])
    appendFileSync(file, rest.subarray(1))
    expect(tail.read()).toEqual({ lines: [{ b: 'é' }, [3]], isNew: false })
  })

  it('begins at the start where a resumed run replaced the log, cut it, or deleted it', () => {
    const file = join(home, 'resumed')
    const tail = new LogTail(file)
    writeFileSync(file, '1\n2\n3\n')
    expect(tail.read().lines).toEqual([1, 2, 3])
    writeFileSync(join(home, 'other'), '1\n2\n3\n4\n')
    renameSync(join(home, 'other'), file)
    expect(tail.read()).toEqual({ lines: [1, 2, 3, 4], isNew: true })
    truncateSync(file, 4)
    expect(tail.read()).toEqual({ lines: [1, 2], isNew: true })
    rmSync(file)
    expect(tail.read()).toEqual({ lines: [], isNew: true })
    expect(tail.read()).toEqual({ lines: [], isNew: false })
  })

  it('reads a log of many pieces', () => {
    const file = join(home, 'long')
    const lines = Array.from({ length: 60_000 }, (_, i) => ({ step: i, text: 'x'.repeat(40) }))
    writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    expect(new LogTail(file).read().lines).toEqual(lines)
  })
})
