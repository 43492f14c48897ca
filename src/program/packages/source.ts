import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import { sealText, unsealText } from '#platform/crypto/seal-text.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { PackageSource } from '#program/packages/contract.ts'

type Source = z.output<typeof PackageSource>
const placeOf = (id: PackageId) => ({ purpose: 'package source', context: [id] })

/** Seals from which document a package was imported, for its row. */
export function sealSource(app: Pick<App, 'keys'>, id: PackageId, source: Source): Buffer {
  return sealText(app.keys, placeOf(id), JSON.stringify(source))
}

export function openSource(app: Pick<App, 'keys'>, id: PackageId, sealed: Buffer): Source {
  return PackageSource.parse(JSON.parse(unsealText(app.keys, placeOf(id), sealed)))
}
