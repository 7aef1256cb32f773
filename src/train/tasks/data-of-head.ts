/** The data block that defines how a head's texts are read, and the names of its labels. */

import { dataFor, labelledBy, suits } from '../../check/head-outputs.ts'
import type { DataSpec, Program } from '../../check/program.ts'
import type { HeadOutput } from '../../check/tasks.ts'

/**
 * The data block of a head's texts and labels: the one that its classes come from, otherwise one that fits,
 * otherwise the first.
 */
export function dataOfHead(program: Program, output: HeadOutput): DataSpec | undefined {
  const blocks = [...program.data.values()]
  return (
    program.data.get(labelledBy(output) ?? '') ??
    dataFor(program.data, output) ??
    blocks.find((data) => suits(data, output)) ??
    blocks.find((data) => data.vocabulary.name === output.identity) ??
    blocks[0]
  )
}
