/** The cluster that this process belongs to: that of the launcher which started it, or itself alone. */
import { fstatSync } from 'node:fs'
import type { Foreign } from '../backends/foreign/foreign.ts'
import { loadForeign } from '../backends/foreign/foreign.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { errorLine } from '../diagnostics/error-text.ts'
import { libraryMissing } from '../diagnostics/messages/backends.ts'
import { connectionLost, wrongMpi } from '../diagnostics/messages/cluster.ts'
import { alone, type Cluster } from './cluster.ts'
import { type Launcher, startedBy } from './launcher.ts'
import { libraryNames, type Mpi, openMpi } from './mpi.ts'
import { MpiCluster } from './mpi-cluster.ts'

/** The environment variable that names a library to be taken instead of the launcher's own. */
const librarySetting = 'DISTILL_MPI'

/**
 * UCX, through which both libraries may send, patches the functions that allocate memory, and takes the
 * signals of crashes. Node allocates and has signals of its own; ranks were seen to crash at their start.
 */
const transportSettings: Readonly<Record<string, string>> = { UCX_MEM_EVENTS: 'n', UCX_ERROR_SIGNALS: '' }

/** Debian's packages. */
const packages: Readonly<Record<Launcher, string>> = { openmpi: 'libopenmpi40', mpich: 'libmpich12' }

/**
 * @throws DiagnosticError E1120 without a library of the launcher, E1122 for one that is not the
 * launcher's
 */
export async function openCluster(options: { readonly deadline: number }): Promise<Cluster> {
  const started = startedBy(process.env)
  if (started === undefined) return alone
  for (const [name, value] of Object.entries(transportSettings)) process.env[name] ??= value
  const { launcher, size } = started
  requireConnection(process.env.PMI_FD)
  const mpi = await load(await loadForeign('MPI'), launcher)
  // Each rank then believes that it is the only one: n runs would write into one folder.
  if (size !== undefined && size !== mpi.size)
    throw new DiagnosticError(
      wrongMpi({ launched: size, size: mpi.size, library: mpi.version, launcher: launcherName(launcher) }),
    )
  return new MpiCluster(mpi, options)
}

/**
 * MPICH's launcher talks to a rank through an open file. npx starts programs without it, and MPICH then
 * ends them.
 */
function requireConnection(descriptor: string | undefined): void {
  if (descriptor === undefined || isSocket(Number(descriptor))) return
  throw new DiagnosticError(connectionLost({ launcher: launcherName('mpich') }))
}

function isSocket(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isSocket()
  } catch {
    return false
  }
}

async function load(foreign: Foreign, launcher: Launcher): Promise<Mpi> {
  const given = process.env[librarySetting]
  const reasons: string[] = []
  for (const name of given ? [given] : libraryNames[launcher]) {
    try {
      return await openMpi(foreign, name)
    } catch (error) {
      reasons.push(errorLine(error))
    }
  }
  throw new DiagnosticError(
    libraryMissing({
      backend: 'MPI',
      reason: reasons.join('; '),
      remedy: `apt-get install ${packages[launcher]}, or ${librarySetting}=/path/to/its/library`,
    }),
  )
}

function launcherName(launcher: Launcher): string {
  return launcher === 'openmpi' ? "Open MPI's launcher" : "MPICH's launcher"
}
