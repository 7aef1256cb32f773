/** Parts of keys of shared results: hashes of what decides them, whatever it is called. */
import { createHash } from 'node:crypto'
import type { Graph } from '../graph/graph.ts'
import { graphIdentity } from '../graph/identity.ts'
import type { Resident } from '../run/resident.ts'

/** The nodes of a graph, and the names of its outputs. */
export function graphText(graph: Graph): unknown {
  return [graphIdentity(graph), [...graph.outputs.keys()]]
}

/** SHA-256 of the values. */
export function hashOf(values: Resident): string {
  // for this use only: the host must not keep a copy of values on a device
  const { buffer, byteOffset, byteLength } = values.read()
  return createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex')
}
