/**
 * Machines of a cluster as network namespaces of this one, on a bridge: each has an address, a limited rate, and
 * loses some packets. Needs root, iproute2 and nftables.
 */
import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'

const bridge = 'distill0'
const address = (machine: number): string => `10.97.0.${machine}`
/** The name of its namespace, as agent.sh makes it of its address. */
const hostOf = (machine: number): string => `distill-${machine}`

export interface Link {
  /** As `tc` writes rates: `200mbit`. */
  readonly rate?: string
  /** Percent of the packets that arrive. */
  readonly loss?: number
}

function run(command: string): void {
  const [program = '', ...words] = command.split(' ')
  execFileSync(program, words, { stdio: ['ignore', 'ignore', 'pipe'] })
}

export function start(count: number, { rate, loss }: Link): void {
  stop(count)
  run(`ip link add ${bridge} type bridge`)
  run(`ip addr add 10.97.0.254/24 dev ${bridge}`)
  run(`ip link set ${bridge} up`)
  for (let machine = 1; machine <= count; machine++) {
    const [host, port] = [hostOf(machine), `distillp${machine}`]
    run(`ip netns add ${host}`)
    run(`ip link add ${port} type veth peer name eth0 netns ${host}`)
    run(`ip link set ${port} master ${bridge} up`)
    run(`ip -n ${host} addr add ${address(machine)}/24 dev eth0`)
    run(`ip -n ${host} link set eth0 up`)
    run(`ip -n ${host} link set lo up`)
    if (rate !== undefined)
      for (const [where, device] of [
        ['', port],
        [`ip netns exec ${host} `, 'eth0'],
      ])
        run(`${where}tc qdisc add dev ${device} root tbf rate ${rate} burst 256kb latency 50ms`)
    if (loss !== undefined) {
      const drops = `iifname "eth0" meta l4proto tcp meta length > 200 numgen random mod 1000 < ${10 * loss} drop`
      const rules = `table inet lossy {\nchain in {\ntype filter hook input priority 0;\n${drops}\n}\n}\n`
      execFileSync('ip', ['netns', 'exec', host, 'nft', '-f', '-'], { input: rules })
    }
  }
}

/** Cuts a machine off, or connects it again. */
export function connect(machine: number, isConnected: boolean): void {
  run(`ip link set distillp${machine} ${isConnected ? 'up' : 'down'}`)
  if (!isConnected) return
  // Addresses that were looked for in vain are remembered for some time.
  run(`ip neigh flush dev ${bridge}`)
  run(`ip -n ${hostOf(machine)} neigh flush dev eth0`)
}

export function stop(count: number): void {
  const all = Array.from({ length: count }, (_, k) => [
    `ip link del distillp${k + 1}`,
    `ip netns del ${hostOf(k + 1)}`,
  ]).flat()
  for (const command of [...all, `ip link del ${bridge}`]) {
    try {
      run(command)
    } catch {
      // It was not there.
    }
  }
}

/** The words before a program that start one rank on each of these machines. */
export function launching(launcher: 'openmpi' | 'mpich', machines: readonly number[]): readonly string[] {
  const hosts = machines.map((machine) => address(machine))
  const agent = resolve('bench/cluster/agent.sh')
  if (launcher === 'mpich')
    return [
      ...['mpirun.mpich', '-launcher', 'ssh', '-launcher-exec', agent, '-iface', bridge],
      // Ranks of one kernel would find shared memory.
      ...['-genv', 'UCX_TLS', 'tcp,self', '-hosts', hosts.join(','), '-n', String(hosts.length)],
    ]
  return [
    ...['mpirun.openmpi', '--allow-run-as-root', '--bind-to', 'none'],
    ...['--prtemca', 'plm_ssh_agent', agent, '--prtemca', 'prte_if_include', '10.97.0.0/24'],
    ...['--mca', 'pml', 'ob1', '--mca', 'btl', 'self,tcp', '--mca', 'btl_tcp_if_include', '10.97.0.0/24'],
    ...['-H', hosts.map((host) => `${host}:1`).join(',')],
    ...['-n', String(hosts.length)],
  ]
}
