import type { z } from 'zod'
import { buffer } from 'node:stream/consumers'
import type { Readable } from 'node:stream'
import type { App } from '#platform/app.ts'
import { system, type ContactActor, type PersonActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import type { Upload } from '#platform/http/upload.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { AddedLogo } from '#program/membership/directory/contract.ts'
import { findFeaturedLogo } from '#program/membership/directory/featured-store.ts'
import { deleteUnusedLogos, findLogo, holdPair, insertLogo, logoRow } from '#program/membership/directory/listing-store.ts'
import { cleanLogo } from '#program/membership/directory/logo/clean-logo.ts'
import { requireActive } from '#program/membership/directory/own-listing.ts'

/** Largest logo once it is made anew: 512 × 512 pixels that do not compress. */
const MAX_CLEAN_BYTES = 2 * 1024 * 1024

/**
 * Makes a clean picture of what a member sends and keeps it, to be named in a change of its listing; earlier ones that nothing names go.
 * Throws NOT_FOUND and CONFLICT as the listing does, VALIDATION_FAILED for what is no PNG of the accepted size.
 */
export async function addLogo(app: App, actor: ContactActor, operator: OperatorId, { bytes }: Upload): Promise<z.input<typeof AddedLogo>> {
  await app.db.read(actor, (tx) => requireActive(tx, actor, operator, app.clock.now()))
  const { png, width, height } = await cleanLogo(await buffer(bytes as AsyncIterable<Uint8Array<ArrayBuffer>>))
  const stored = await app.objects.store([png] as unknown as AsyncIterable<Uint8Array>, { limit: MAX_CLEAN_BYTES })
  const digest = stored.sha256
  await app.db.transaction(actor, async (tx) => {
    const at = app.clock.now()
    const pair = await requireActive(tx, actor, operator, at)
    await holdPair(tx, pair)
    const unused = await deleteUnusedLogos(tx, pair)
    for (const { object_id: object } of unused) await app.objects.remove(tx, object)
    if (!(await findLogo(tx, digest, pair))) {
      const { id: object } = await app.objects.record(tx, stored)
      await insertLogo(tx, { ...pair, digest, object, width, height, by: actor.person, at })
    }
    const row = (hex: string) => logoRow({ organisation_id: actor.organisation, operator_id: operator, digest: `\\x${hex}` })
    const binds = [...new Set([digest, ...unused.map((logo) => logo.digest)])].map(row)
    app.audit.record(tx, { action: 'listing.logo-added', subject: actor.organisation, operator, binds, details: { sha256: digest } })
  })
  return { digest, width, height }
}

/** A logo for those who work with the listing: the member itself and its operator. Throws NOT_FOUND. */
export async function openLogo(app: App, actor: PersonActor, operator: OperatorId, digest: string): Promise<Readable> {
  const pair = actor.kind === 'contact' ? { organisation: actor.organisation, operator } : { operator: actor.operator }
  return app.db.read(actor, async (tx) => {
    const logo = await findLogo(tx, digest, pair)
    if (!logo) throw new Problem('NOT_FOUND')
    return (await app.objects.open(tx, logo.object_id)).stream
  })
}

/** A logo for everybody; undefined unless its member is featured now. */
export async function openFeaturedLogo(app: App, digest: string): Promise<Readable | undefined> {
  return app.db.read(system('directory'), async (tx) => {
    const object = await findFeaturedLogo(tx, digest, app.clock.now())
    return object && (await app.objects.open(tx, object)).stream
  })
}
