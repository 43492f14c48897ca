import { canonicalJson } from '#platform/audit/canonical-json.ts'
import type { App } from '#platform/app.ts'
import type { Binding } from '#platform/audit/audit.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { askAcknowledgement } from '#program/packages/acknowledgements/ask-acknowledgement.ts'
import type { Step, StepInput } from '#program/packages/change-version.ts'
import { findDeferral } from '#program/packages/decisions/sealed.ts'
import { closeDecisions } from '#program/packages/decisions/store.ts'
import { deferDropped } from '#program/packages/deferred-cves/defer-dropped.ts'
import { listHoldingOrganisations } from '#program/packages/holders/store.ts'
import { tellHolders } from '#program/packages/holders/tell-holders.ts'
import { supersede, type Deferred, type Released, type Scheduled } from '#program/packages/package.ts'
import { openContent } from '#program/packages/stored-content.ts'
import { findVersion, type StoredVersion, type VersionKey } from '#program/packages/store.ts'
import { asDeferred, asPresent, type LoadedVersion } from '#program/packages/version-states.ts'

/** The version that this one revises; undefined for the first. Throws CONFLICT when it was pulled or withdrawn: nothing follows it. */
export async function findRevised(app: App, tx: Tx, { operator_id: operator, package_id: id, version }: StoredVersion): Promise<LoadedVersion | undefined> {
  if (version === 1) return undefined
  const row = await findVersion(tx, operator, { package: id, version: version - 1 })
  if (!row || !['scheduled', 'released', 'deferred'].includes(row.state))
    throw new Problem('CONFLICT', 'The version that this revises was pulled or withdrawn: nothing takes its place, and a new package begins.')
  return { row, content: await openContent(app, tx, row) }
}

/**
 * The newer version takes the place of the one that it revises, in the same transaction: who holds that one keeps it, is told, and is
 * asked to acknowledge the newer; nobody else sees it again. What waited about either is closed. Throws SECOND_PERSON_NEEDED when
 * vulnerabilities leave the package without a decision of two (E18).
 */
export async function takePlace(
  app: App,
  { tx, row, key, at, content }: StepInput,
  { actor, newer, earlier }: { actor: OperatorActor; newer: Scheduled | Released; earlier: LoadedVersion },
): Promise<Pick<Step, 'also' | 'binds' | 'details'>> {
  const old: VersionKey = { package: key.package, version: earlier.row.version }
  const { state } = supersede(await revisedState(app, tx, earlier, at), newer)
  const { operator } = actor
  const dropped = await deferDropped(app, tx, row, at)
  const closed = await closeDecisions(tx, [old, key], at)
  const holders = await listHoldingOrganisations(tx, operator, key.package, key.version)
  const asked: Binding[] = []
  const duties = canonicalJson(earlier.content.permittedUse) === canonicalJson(content.permittedUse) ? (['version'] as const) : (['version', 'terms'] as const)
  for (const kind of duties) asked.push(...(await askAcknowledgement(app, tx, { kind, operator, ...key, holders })))
  await tellHolders(app, tx, operator, old, 'package.revised')
  if (dropped.length > 0) await tellHolders(app, tx, operator, old, 'package.cves-deferred')
  return {
    also: [{ key: old, change: { state } }],
    binds: [...closed, ...asked, ...dropped],
    details: { supersedes: old.version, holders: holders.length, cvesDeferred: dropped.length },
  }
}

async function revisedState(app: App, tx: Tx, earlier: LoadedVersion, at: Date): Promise<Scheduled | Released | Deferred> {
  const { package_id: id, version, state } = earlier.row
  return state === 'deferred' ? asDeferred(earlier, await findDeferral(app, tx, { package: id, version })) : asPresent(earlier, at)
}
