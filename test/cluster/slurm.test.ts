/** Ranks that SLURM's `srun` starts on two nodes: the weights and the log of one process. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { standingOf } from '../required.ts'
import { describeStanding } from '../run/describe-standing.ts'
import { leftOf, start, writeSpec } from './ranks.ts'
import { type Slurm, startSlurm } from './slurm.ts'

/** Both nodes are this machine, so Open MPI finds no network between their names by itself. */
const oneMachine = { OMPI_MCA_btl: 'tcp,self', OMPI_MCA_btl_tcp_if_include: 'lo' }

describeStanding('ranks by srun', await standingOf('slurm'), () => {
  const folder = mkdtempSync(join(tmpdir(), 'srun-'))
  const words = ['--backend', 'wasm', '--parts', '4']
  let slurm: Slurm | undefined
  beforeAll(async () => {
    slurm = await startSlurm()
    writeSpec(folder)
    await start({ folder, out: 'alone', words }).ended
  }, 60_000)
  afterAll(() => {
    slurm?.stop()
    rmSync(folder, { recursive: true })
  })
  const srun = async (
    out: string,
    mpi: string,
    environment = {},
  ): Promise<Awaited<ReturnType<typeof start>['ended']>> => {
    const ended = await start({
      ...{ folder, out, words, launching: ['srun', '--nodes=2', '--ntasks=2', `--mpi=${mpi}`] },
      environment: { ...slurm?.environment, ...environment },
    }).ended
    // Both nodes may make the same folder for PMIx at the same time, which is an error of the second.
    return ended.text.includes('launch failed') ? srun(out, mpi, environment) : ended
  }

  it.each([
    ['pmix', 'Open MPI', oneMachine],
    ['pmi2', 'MPICH', {}],
  ])('--mpi=%s starts them with %s', async (mpi, library, environment) => {
    const { code, text } = await srun(mpi, mpi, environment)
    expect(code, text).toBe(0)
    expect(text).toContain(`2 ranks by ${library}`)
    expect(leftOf(join(folder, mpi))).toEqual(leftOf(join(folder, 'alone')))
  })

  it('a network that does not connect them is told', async () => {
    const { code, text } = await srun('apart', 'pmix', { OMPI_MCA_btl: 'tcp,self' })
    expect(code).not.toBe(0)
    expect(text).toMatch(/error\[E1024\]: rank \d could not exchange its host with rank \d: MPI_\w+: MPI_ERR/)
  })

  it('without ranks, a process of a job trains alone', async () => {
    const { code, text } = await srun('none', 'none')
    expect(text).not.toMatch(/ranks by/)
    // The second of them finds the folder in use.
    expect(code).not.toBe(0)
    expect(text).toMatch(/error\[E1115\]/)
  })
})
