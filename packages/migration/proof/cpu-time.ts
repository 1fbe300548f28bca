import { readdirSync, readFileSync } from 'node:fs'

/** A tick of `/proc`, on every Linux: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const TICK_MS = 10

/**
 * The milliseconds of CPU time that this process and a server have used so far: what everything else on the machine does
 * is not in them, as it is in what a clock says.
 *
 * @param server the server's process; its children count too. Undefined: there is none
 */
export function cpuTimeMs(server: number | undefined): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000 + (server === undefined ? 0 : serverMs(server))
}

function serverMs(server: number): number {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return processes.map(statOf).reduce((sum, [pid, parent, ...ticks]) => {
    if (pid !== server && parent !== server) return sum
    // A child that ended is in its parent's last two figures.
    return sum + TICK_MS * ticks.reduce((all, more) => all + more, 0)
  }, 0)
}

/** Process, parent, and its ticks: in user mode, in the kernel, and those of its ended children. */
function statOf(pid: string): readonly number[] {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    return [Number(pid), Number(fields[1]), ...fields.slice(11, 15).map(Number)]
  } catch {
    return []
  }
}
