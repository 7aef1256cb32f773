/**
 * What the fuzzer calls: its bytes are the draws that make a mutant. So it learns which edits reach new code, and
 * every mutant keeps the structure that random ones have.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ParsedFiles } from '../../../src/check/files.ts'
import { Draws } from '../../../test/faults/mutants/draws.ts'
import { tryFile } from '../../../test/faults/mutants/file-target.ts'
import { specMutant } from '../../../test/faults/mutants/spec-mutant.ts'
import { trySpec } from '../../../test/faults/mutants/spec-target.ts'

class GivenDraws extends Draws {
  private at = 0
  private readonly bytes: Buffer

  constructor(bytes: Buffer) {
    super(bytes.length)
    this.bytes = bytes
  }

  override below(below: number): number {
    const width = below <= 256 ? 1 : below <= 65_536 ? 2 : 4
    // Beyond its bytes, the draws of the number that is their count.
    if (this.at + width > this.bytes.length) return super.below(below)
    const drawn = this.bytes.readUIntLE(this.at, width)
    this.at += width
    return drawn % below
  }
}

const folder = mkdtempSync(join(tmpdir(), 'distill-guided-'))
/** Of the library. */
const parsed: ParsedFiles = new Map()

/** `fuzz specs` and `fuzz files` are entry points of the fuzzer. */
export function specs(bytes: Buffer): void {
  const draws = new GivenDraws(bytes)
  trySpec(specMutant(draws), draws.below(4) === 0, parsed)
}

export function files(bytes: Buffer): void {
  tryFile(new GivenDraws(bytes), folder)
}
