/** Which library a rank loads, and what is refused where it is not the launcher's. */
import { describe, expect, it } from 'vitest'
import { alone } from '../../src/cluster/cluster.ts'
import { startedBy } from '../../src/cluster/launcher.ts'
import { openCluster } from '../../src/cluster/open-cluster.ts'
import { standingOf } from '../required.ts'
import { describeStanding } from '../run/describe-standing.ts'

/** Runs with more variables of the environment. */
async function within<Result>(variables: NodeJS.ProcessEnv, run: () => Promise<Result>): Promise<Result> {
  const before = { ...process.env }
  Object.assign(process.env, variables)
  try {
    return await run()
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name]
    Object.assign(process.env, before)
  }
}

describe('a launcher', () => {
  it('is known by the environment that it gives its ranks', () => {
    expect(startedBy({ OMPI_COMM_WORLD_SIZE: '4', PMIX_RANK: '1' })).toEqual({ launcher: 'openmpi', size: 4 })
    expect(startedBy({ PMI_RANK: '0', PMI_SIZE: '2' })).toEqual({ launcher: 'mpich', size: 2 })
    expect(startedBy({ PMIX_RANK: '0', SLURM_STEP_NUM_TASKS: '8' })).toEqual({ launcher: 'openmpi', size: 8 })
  })
  it('is none where a batch script of SLURM runs a program', async () => {
    const variables = { SLURM_JOB_ID: '7', SLURM_NTASKS: '8', SLURM_PROCID: '0' }
    expect(startedBy(variables)).toBe(undefined)
    expect(await within(variables, () => openCluster({ deadline: 1 }))).toBe(alone)
  })
  it('must reach its rank: npx closes the connection of MPICH', async () => {
    // No process has so many open files.
    const variables = { PMI_RANK: '0', PMI_SIZE: '2', PMI_FD: '999999' }
    await expect(within(variables, () => openCluster({ deadline: 1 }))).rejects.toThrow(/E1126/)
  })
})

describeStanding('the library of Open MPI', await standingOf('openmpi'), () => {
  it('counts one rank where another launcher started it, which is refused', async () => {
    await expect(within({ OMPI_COMM_WORLD_SIZE: '3' }, () => openCluster({ deadline: 1 }))).rejects.toThrow(
      /E1122.*started 3 ranks, but Open MPI .* sees 1/,
    )
  })
})
