/** What started this process: the environment of `mpirun`, or of `srun` with PMIx, says so. */

/** Whose library a rank must load. A rank that loads another one believes that it is alone. */
export type Launcher = 'openmpi' | 'mpich'

export interface Started {
  readonly launcher: Launcher
  /** As the launcher counts; absent where it does not tell. */
  readonly size?: number
}

type Environment = { readonly [name: string]: string | undefined }

/**
 * Undefined for a process of its own. SLURM's own variables say nothing: a batch script has them, too, and a
 * program in it that no `srun` started is one process.
 */
export function startedBy(environment: Environment): Started | undefined {
  const sized = (launcher: Launcher, size: string | undefined): Started => ({
    launcher,
    ...(size === undefined ? {} : { size: Number(size) }),
  })
  if (environment.OMPI_COMM_WORLD_SIZE !== undefined)
    return sized('openmpi', environment.OMPI_COMM_WORLD_SIZE)
  if (environment.PMI_RANK !== undefined || environment.MPI_LOCALNRANKS !== undefined)
    return sized('mpich', environment.PMI_SIZE)
  // `srun --mpi=pmix`, whose number of ranks is in the step's own variable.
  if (environment.PMIX_RANK !== undefined) return sized('openmpi', environment.SLURM_STEP_NUM_TASKS)
  return undefined
}
