/** Whether work grows linearly with its size, by the processor time of this process. */

/** The least processor time of several runs, in seconds. */
function seconds(run: () => void, runs: number): number {
  const times = Array.from({ length: runs }, () => {
    const start = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1e6
  })
  return Math.min(...times)
}

/**
 * How many times as long a size of four takes as a size of one: 4 where time is linear, 16 where it is quadratic. The
 * first run of the small size warms up. `constant` seconds, which a run takes whatever its size is, are no growth.
 */
export function growth(few: () => void, many: () => void, constant: number): number {
  const base = seconds(few, 3) + constant
  const once = seconds(many, 1) / base
  return once < linear ? once : Math.min(once, seconds(many, 2) / base)
}

/** Four times as much may take six times as long (n^1.3), and half as long again on a busy machine. */
export const linear = 9
