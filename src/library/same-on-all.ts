/** What rank 0 of a cluster chooses for all ranks. A process alone chooses for itself. */
import { type Cluster, textOfFirst } from '../cluster/cluster.ts'
import { ofFirst } from '../cluster/share-out.ts'
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

/** The precisions that rank 0 chooses, on all ranks. */
export async function precisionsOfFirst<Found>(
  cluster: Cluster,
  settle: () => Promise<Found>,
): Promise<Found | undefined> {
  const chosen = cluster.rank === 0 ? await settle() : undefined
  return ofFirst(cluster, () => chosen, 'its precisions')
}
