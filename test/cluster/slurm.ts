/** A cluster of two nodes on this machine by SLURM's daemons, with settings, keys and logs in a folder of its own. */
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

export interface Slurm {
  /** For `srun` and other clients. */
  readonly environment: NodeJS.ProcessEnv
  stop(): void
}

const nodes = ['n1', 'n2']
/** Milliseconds until both nodes are up. */
const patience = 20_000

export async function startSlurm(): Promise<Slurm> {
  const folder = mkdtempSync(join(tmpdir(), 'slurm-'))
  const [at = 0, ...ports] = await freePorts(1 + nodes.length)
  const socket = join(folder, 'munge.socket')
  const config = join(folder, 'slurm.conf')
  for (const name of ['state', ...nodes]) mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'key'), randomBytes(1024), { mode: 0o400 })
  writeFileSync(
    config,
    `ClusterName=test
SlurmctldHost=${hostname()}
SlurmctldPort=${at}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=${socket}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/%n.pid
SlurmdLogFile=${folder}/%n.log
SlurmctldLogFile=${folder}/slurmctld.log
${nodes.map((name, k) => `NodeName=${name} NodeHostname=${hostname()} Port=${ports[k]} CPUs=1\n`).join('')}PartitionName=all Nodes=ALL Default=YES State=UP OverSubscribe=FORCE:8
`,
  )
  const environment = { ...process.env, SLURM_CONF: config }
  const munge = ['socket', 'key-file', 'log-file', 'pid-file', 'seed-file'].map((flag) =>
    flag === 'socket' ? `--socket=${socket}` : `--${flag}=${join(folder, flag.replace('-file', ''))}`,
  )
  const daemons = [
    ['munged', '--foreground', '--force', ...munge],
    ['slurmctld', '-D', '-f', config],
    ...nodes.map((name) => ['slurmd', '-D', '-f', config, '-N', name]),
  ].map(([program = '', ...words]) => spawn(program, words, { env: environment, stdio: 'ignore' }))
  const stop = (): void => {
    // Those of the nodes first: they tell the controller.
    for (const daemon of [...daemons].reverse()) daemon.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  const isUp = (): boolean =>
    spawnSync('sinfo', ['-h', '-o', '%D %t'], { env: environment, encoding: 'utf8' }).stdout.trim() ===
    `${nodes.length} idle`
  for (const since = Date.now(); !isUp(); await setTimeout(200))
    if (Date.now() - since > patience) {
      const log = readFileSync(join(folder, 'slurmctld.log'), 'utf8')
      stop()
      throw new Error(`SLURM's nodes are not up:\n${log}`)
    }
  return { environment, stop }
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((done) => {
          const server = createServer().listen(0, () => done(server))
        }),
    ),
  )
  return servers.map((server) => {
    const address = server.address()
    server.close()
    return typeof address === 'object' && address !== null ? address.port : 0
  })
}
