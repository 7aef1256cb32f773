/** Which data block says how a head's texts are read, and what its labels are called. */

import { dataFor, suits } from '../../check/head-outputs.ts'
import type { DataSpec, Program } from '../../check/program.ts'
import type { HeadOutput } from '../../check/tasks.ts'

/**
 * The data block whose texts and labels a head is about: the one its classes come from, else one that fits,
 * else the first.
 */
export function dataOfHead(program: Program, output: HeadOutput): DataSpec | undefined {
  const source = /^labels (.+)\.label$/.exec(output.identity ?? '')?.[1]
  const blocks = [...program.data.values()]
  return (
    program.data.get(source ?? '') ??
    dataFor(program.data, output) ??
    blocks.find((data) => suits(data, output)) ??
    blocks.find((data) => data.vocabulary.name === output.identity) ??
    blocks[0]
  )
}
