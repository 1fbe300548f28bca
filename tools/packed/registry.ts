import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createPackageFromTarballData } from '@arethetypeswrong/core'

/** A registry that knows our own packages only. */
export interface Registry {
  /** As `.npmrc` wants it. */
  readonly url: string
  close(): Promise<void>
}

interface Offer {
  readonly manifest: { readonly name: string; readonly version: string }
  readonly tarball: Uint8Array<ArrayBuffer>
}

/**
 * Offers the tarballs of a folder as npm's registry would, on a free port of this machine: a project outside the
 * workspace installs them by name, and ranges and peers are resolved as they will be.
 */
export async function startRegistry(folder: string): Promise<Registry> {
  const offers = globSync('*.tgz', { cwd: folder }).map((file) => offerOf(join(folder, file)))
  const server = createServer((request, response) => {
    const [name, isTarball] = decodeURIComponent(request.url ?? '')
      .slice(1)
      .split('/-/')
    const offer = offers.find(({ manifest }) => manifest.name === name)
    if (offer === undefined) response.writeHead(404).end('{}')
    else response.end(isTarball ? offer.tarball : JSON.stringify(packument(offer, url)))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return {
    url,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function offerOf(file: string): Offer {
  const tarball = new Uint8Array(readFileSync(file))
  const unpacked = createPackageFromTarballData(tarball)
  const manifest = JSON.parse(unpacked.readFile(`/node_modules/${unpacked.packageName}/package.json`))
  return { manifest, tarball }
}

/** https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md */
function packument({ manifest, tarball }: Offer, url: string): object {
  const { name, version } = manifest
  const dist = {
    tarball: `${url}${name}/-/${version}.tgz`,
    integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
  }
  return {
    name,
    'dist-tags': { latest: version },
    // Old enough for package managers that wait before they trust a version.
    time: { [version]: '2020-01-01T00:00:00.000Z' },
    versions: { [version]: { ...manifest, dist } },
  }
}
