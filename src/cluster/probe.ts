/**
 * How fast ranks exchange: for `distill doctor`, which starts two of them, and for `mpirun -n 8 distill
 * doctor`.
 */
import { spawnSync } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { z } from 'zod'
import { parsedJson } from '../files/json.ts'
import type { Cluster } from './cluster.ts'
import { evenRanges } from './shards.ts'

const measured = z.object({
  library: z.string(),
  ranks: z.number(),
  /** On the machine of rank 0. */
  here: z.number(),
  /** Microseconds until each rank has a short message of every other one. */
  latency: z.number(),
  /** Bytes of gradients that are summed in a second. */
  speed: z.number(),
})
export type Measured = z.infer<typeof measured>

/** A launcher on the path, and what two ranks of it measured, or why they did not. */
export interface LauncherFact {
  readonly launcher: string
  readonly measured?: Measured
  readonly reason?: string
}

const messages = 300
/** 16 MB. */
const gradients = 2 ** 22
const sums = 5

/** Every rank of the cluster calls it. */
export function measureCluster(cluster: Cluster): Measured {
  const times = Array.from({ length: messages }, () => {
    const since = performance.now()
    cluster.exchange(new Uint8Array(8), 'a message')
    return performance.now() - since
  })
  // Zeros would not travel.
  const numbers = new Float32Array(gradients).fill(1)
  const present = Array.from({ length: cluster.size }, () => true)
  const ranges = evenRanges(gradients, cluster.size)
  const seconds = Array.from({ length: sums }, () => {
    const since = performance.now()
    cluster.reduce(numbers, present, ranges, 'float32')
    cluster.share(numbers, ranges, 'its gradients', 'float32')
    return (performance.now() - since) / 1000
  })
  return {
    library: cluster.library ?? '',
    ranks: cluster.size,
    here: cluster.here,
    latency: 1000 * (times.sort((a, b) => a - b)[messages >> 1] ?? 0),
    speed: numbers.byteLength / Math.min(...seconds),
  }
}

/** `4 ranks, 2 of them here: 12 us a message, gradients at 1.2 GB/s` */
export function measuredText({ library, ranks, here, latency, speed }: Measured): string {
  const where = here === ranks ? '' : `, ${here} of them here`
  return `${library}, ${ranks} ranks${where}: ${Math.round(latency)} us a message, gradients are summed at ${(speed / 1e9).toPrecision(2)} GB/s`
}

/** Debian has more than one. */
const names = ['mpirun', 'mpirun.openmpi', 'mpirun.mpich']
/** Milliseconds. */
const patience = 30_000

/** Two ranks of each launcher on the path run `distill doctor --json`, which then measures. */
export function launcherFacts(program: string): readonly LauncherFact[] {
  const found = new Map<string, string>()
  for (const name of names)
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      try {
        const real = realpathSync(join(folder, name))
        if (![...found.values()].includes(real)) found.set(name, real)
        break
      } catch {}
    }
  return [...found.keys()].map((launcher) => {
    const { stdout, stderr, error } = spawnSync(
      launcher,
      ['-n', '2', process.execPath, program, 'doctor', '--json'],
      {
        encoding: 'utf8',
        timeout: patience,
        env: {
          ...process.env,
          // For this measurement: on a machine of one core, and by root in a container.
          OMPI_ALLOW_RUN_AS_ROOT: '1',
          OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
          PRTE_MCA_rmaps_default_mapping_policy: ':oversubscribe',
        },
      },
    )
    const { data } = measured.safeParse(parsedJson(stdout))
    const [line] = `${error?.message ?? ''}\n${stderr}`.trim().split('\n')
    return data ? { launcher, measured: data } : { launcher, reason: line || 'it printed nothing' }
  })
}
