/** A command that one process runs, or the ranks of `mpirun` together: its display, Ctrl-C and errors. */
import { availableParallelism, hostname } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { threadsSetting } from '../backends/threads.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { reportFailure } from './outcome.ts'
import { say } from './output.ts'
import { StopRequests } from './stop-requests.ts'
import { TrainDisplay, type TrainDisplayOptions } from './train-display.ts'

/** Every rank does `work`, and leaves the cluster after it. */
export async function byRanks(
  cluster: Cluster,
  asked: Omit<TrainDisplayOptions, 'rank'>,
  work: (display: TrainDisplay, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  shareThreads(cluster)
  const display = new TrainDisplay({ ...asked, rank: cluster.rank })
  const stops = await StopRequests.listen(display, cluster.rank > 0)
  display.stops = stops
  try {
    await work(display, stops.signal)
    cluster.close()
  } catch (error) {
    stops.waitForEnd()
    display.end()
    if (cluster.size === 1) throw error
    await failTogether(cluster, error)
  } finally {
    stops.close()
  }
}

/** Ranks on one machine share its cores, unless a number of threads is given. */
function shareThreads({ here }: Cluster): void {
  if (here > 1 && !process.env[threadsSetting])
    process.env[threadsSetting] = String(Math.max(1, Math.floor(availableParallelism() / here)))
}

/** Milliseconds that rank 0 has to print what all ranks have found, and to end them. */
const firstFails = 3000

/** Milliseconds that the library has to end the ranks. Over a cut link it tries for minutes. */
const abortPatience = 5000

/** Prints an error once, and ends all ranks. */
async function failTogether(cluster: Cluster, error: unknown): Promise<void> {
  if (cluster.rank > 0) {
    await setTimeout(firstFails)
    say(`rank ${cluster.rank} on ${hostname()}:\n`)
  }
  const code = reportFailure(error)
  // In a thread: the call of the library may not return.
  const end = `setTimeout(() => process.kill(${process.pid}, 'SIGKILL'), ${abortPatience})`
  new Worker(end, { eval: true, execArgv: [] })
  cluster.abort(code)
}
