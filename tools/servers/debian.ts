import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { isRoot } from './os-user.ts'

const POLICY = '/usr/sbin/policy-rc.d'

/** Installs a package with its service left off. Throws, naming the package, where that is not possible. */
export function installDebianPackage(name: string, otherwise: string): void {
  if (!isRoot() || !existsSync('/usr/bin/apt-get')) {
    throw new Error(
      `${name} is not on this machine and can only be installed as root on Debian. ${otherwise}`,
    )
  }
  console.error(`Installing ${name} with apt-get …`)
  withServicesLeftOff(() => {
    aptGet('update')
    aptGet('install', '-y', '--no-install-recommends', name)
  })
}

function aptGet(...args: string[]): void {
  const result = spawnSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...args], {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (result.status !== 0) {
    throw new Error(`apt-get ${args.join(' ')} failed:\n${result.stderr || result.stdout}`)
  }
}

/**
 * Debian starts a service once it is installed, unless this file says no.
 * https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt
 */
function withServicesLeftOff(install: () => void): void {
  const isOurs = !existsSync(POLICY)
  if (isOurs) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    install()
  } finally {
    if (isOurs) rmSync(POLICY)
  }
}
