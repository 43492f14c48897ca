import type { App } from '#platform/app.ts'
import { adminsOf } from '#platform/auth/people-store.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, PersonId } from '#platform/ids.ts'
import type { JobQueue } from '#platform/jobs/jobs.ts'
import { notify } from '#platform/notices/notify.ts'
import { opensAt } from '#program/embargo/may-read.ts'
import { listNaming, type EndId, type StoredEnd } from '#program/embargo/end-store.ts'
import { insertTold, listHolders, listOpenVersions, listTold, type Told } from '#program/embargo/told-store.ts'
import { EVERY_PRODUCT } from '#program/membership/entitlement-store.ts'
import { findAllStandings, type Standing } from '#program/packages/contact-reader.ts'
import { factsOf, UNSEEN } from '#program/packages/known-version.ts'
import type { StoredVersion } from '#program/packages/store.ts'

/** The mails about one end; what the job does is in mail-ends.ts. */
export const MAIL_ENDS: JobQueue<{ readonly end: EndId; readonly what: Told['what'] }> = { name: 'embargo.mail-ends', heartbeatSeconds: 60 }

/**
 * Tells once each person whom the ends concern, by a notice in this transaction and a mail that a job writes right after it: every
 * holder of a version that names one of the vulnerabilities, and everybody to whom such a version will still open. Neither names a
 * vulnerability, a package or a title: whoever is entitled reads them after signing in. Of ends that were confirmed together people
 * are told by the first.
 */
export async function tellOfEnds(app: App, tx: Tx, operator: OperatorId, what: Told['what'], ends: readonly StoredEnd[], at: Date): Promise<void> {
  const [first] = ends
  if (!first) return
  const people =
    what === 'ended'
      ? await whomItConcerns(app, tx, operator, ends, at)
      : await listTold(
          tx,
          operator,
          // Whoever was told of an end that was derived from another was told by that one.
          ends.flatMap(({ id, derived_from: main }) => (main === null ? [id] : [id, main])),
        )
  const told = await insertTold(tx, { end: first.id, what, operator, people, at })
  await notify(app, tx, told, `embargo.${what}`, { operator })
  if (told.length > 0) await app.jobs.send(tx, MAIL_ENDS, { end: first.id, what })
}

/** Holders and those who wait, each once. */
async function whomItConcerns(app: App, tx: Tx, operator: OperatorId, ends: readonly StoredEnd[], now: Date): Promise<PersonId[]> {
  const tags = ends.map(({ cve_tag }) => cve_tag)
  const holders = await listHolders(tx, operator, tags)
  const people = new Set(holders.flatMap(({ people: each }) => each))
  // Whoever received it may have left: the organisation holds it still.
  for (const { organisation } of holders) for (const admin of await adminsOf(tx, organisation)) people.add(admin)
  const naming = new Set((await listNaming(tx, operator, tags)).map(({ package: id }) => id))
  const versions = await listOpenVersions(tx, operator, [...naming], tags)
  for (const standing of await tx.asSystem((db) => findAllStandings(app, { ...tx, db }, operator, now)))
    if (versions.some((version) => willOpen(standing, version, now))) people.add(standing.person)
  return [...people]
}

/** Whether a version is open to a contact or will be, as things are now. */
function willOpen(standing: Standing, row: StoredVersion & { readonly product_tags: readonly Buffer[] }, now: Date): boolean {
  const covered = standing.products.includes(EVERY_PRODUCT) || (standing.tags ?? []).some((tag) => row.product_tags.some((one) => one.equals(tag)))
  if (!covered) return false
  const reader = standing.readerOf({ package: row.package_id, version: row.version, covered, held: false })
  return opensAt(reader, factsOf(row, UNSEEN, standing.ends), 'existence', now) !== undefined
}
