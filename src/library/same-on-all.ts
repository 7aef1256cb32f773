/** What rank 0 of a cluster chooses for all ranks. A process alone chooses for itself. */
import { type Cluster, textOfFirst } from '../cluster/cluster.ts'
import { openRunners, type Runners } from './backends.ts'

/** The backend that rank 0 chooses, on all ranks. */
export async function openSame(
  cluster: Cluster,
  backend: string,
  note: (text: string) => void,
): Promise<Runners> {
  const first = cluster.rank === 0 ? await openRunners(backend, { note }) : undefined
  const name = textOfFirst(cluster, () => first?.runner.name ?? '', 'its backend')
  return first ?? (await openRunners(name, { note }))
}

/** What rank 0 has found, on all ranks. Undefined stays so. */
export async function ofFirst<Found>(cluster: Cluster, find: () => Promise<Found>): Promise<Found> {
  const found = cluster.rank === 0 ? [await find()] : []
  return JSON.parse(textOfFirst(cluster, () => JSON.stringify(found), 'what it has chosen'))[0] ?? undefined
}
