import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { PersonId } from '#platform/ids.ts'
import type { PackageState } from '#program/packages/contract.ts'
import type { DecisionAct } from '#program/packages/decisions/contract.ts'
import { droppedCves } from '#program/packages/decisions/dropped-cves.ts'
import { findDeferral } from '#program/packages/decisions/sealed.ts'
import { leftAs } from '#program/packages/left-as.ts'
import { decide, defer, pull, withdraw, type Decision, type PackageVersion } from '#program/packages/package.ts'
import { openContent } from '#program/packages/stored-content.ts'
import { findSuperseded, type StoredVersion, type VersionKey } from '#program/packages/store.ts'
import { asDeferred, asPresent, asReleased, asScheduled, asSuperseded, type LoadedVersion } from '#program/packages/version-states.ts'

/** What becomes of one version. */
export interface Outcome {
  readonly key: VersionKey
  readonly state: PackageState
}

/** What a decision does to versions of a package. Throws CONFLICT when it cannot be done with a version as it is. */
export async function outcomesOf(app: App, tx: Tx, act: DecisionAct, row: StoredVersion, decision: Decision): Promise<Outcome[]> {
  const version = await load(app, tx, row)
  if (act === 'defer') return [outcome(defer(asScheduled(version), decision))]
  if (act === 'withdraw') return [outcome(withdraw(asReleased(version, decision.at), decision))]
  if (act === 'pull') return pullAll(app, tx, version, decision)
  await requireDropped(app, tx, row, decision.at)
  return []
}

/** Throws CONFLICT when an act cannot be done with a version as it is, whoever decides it. */
export async function requirePossible(app: App, tx: Tx, act: DecisionAct, row: StoredVersion, at: Date): Promise<void> {
  await outcomesOf(app, tx, act, row, decide({ ...TWO, reason: '', at }))
}
/** Two people who are nobody: what is asked is only whether two could. */
const TWO = { proposedBy: 'one' as PersonId, confirmedBy: 'other' as PersonId }

/** Who kept an earlier version loses it as well: nothing of a pulled package is read. */
async function pullAll(app: App, tx: Tx, version: LoadedVersion, decision: Decision): Promise<Outcome[]> {
  const { row } = version
  const present = row.state === 'deferred' ? asDeferred(version, await findDeferral(app, tx, keyOf(row))) : asPresent(version, decision.at)
  const outcomes = [outcome(pull(present, decision))]
  for (const earlier of await findSuperseded(tx, row.operator_id, keyOf(row)))
    outcomes.push(outcome(pull(asSuperseded(await load(app, tx, earlier), await leftAs(tx, keyOf(earlier))), decision)))
  return outcomes
}

/** That vulnerabilities leave a package is decided about the revision without them, before the version with them is public. */
async function requireDropped(app: App, tx: Tx, row: StoredVersion, now: Date): Promise<void> {
  if (!['draft', 'in-review', 'approved'].includes(row.state)) throw new Problem('CONFLICT', 'This version is on a release already.')
  if ((await droppedCves(app, tx, row, now)).length === 0)
    throw new Problem('CONFLICT', 'This version names every vulnerability that the one before it names, or that one is public.')
}

async function load(app: App, tx: Tx, row: StoredVersion): Promise<LoadedVersion> {
  return { row, content: await openContent(app, tx, row) }
}

export const keyOf = ({ package_id: id, version }: Pick<StoredVersion, 'package_id' | 'version'>): VersionKey => ({ package: id, version })
const outcome = ({ package: id, version, state }: PackageVersion): Outcome => ({ key: { package: id, version }, state })
