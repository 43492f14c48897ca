import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { faultsOf, type ProposeSet } from '#program/membership/criteria/contract.ts'
import { PRESETS } from '#program/membership/criteria/presets.ts'
import { criteriaSetRow, findSet, insertSet, lastVersion, toStored, type CriteriaSetId, type StoredSet } from '#program/membership/criteria/set-store.ts'

/** Proposes a set: one that ships with Vedette, or a next version of the operator's own. Throws VALIDATION_FAILED for criteria named twice and for alternatives that are none. */
export async function proposeSet(app: App, actor: OperatorActor, input: z.output<typeof ProposeSet>): Promise<StoredSet> {
  const { operator, person: by } = actor
  return app.db.transaction(actor, async (tx) => {
    const id = app.ids.next<'criteria-set'>() as CriteriaSetId
    const at = app.clock.now()
    if ('preset' in input) {
      const { kind, criteria } = PRESETS[input.preset]
      await insertSet(tx, { id, operator, name: input.preset, version: 1, kind, preset: true, criteria: toStored(criteria), by, at })
    } else {
      const fields = faultsOf(input.criteria)
      if (fields.length > 0) throw new Problem('VALIDATION_FAILED', undefined, { fields })
      const { name, kind, criteria } = input
      // The first version of a name that Vedette ships is the shipped one.
      const version = Math.max(await lastVersion(tx, operator, name), name in PRESETS ? 1 : 0) + 1
      await insertSet(tx, { id, operator, name, version, kind, preset: false, criteria, by, at })
    }
    const set = (await findSet(tx, operator, id))!
    const details = { set: `${set.name}@${set.version}`, kind: set.kind }
    app.audit.record(tx, { action: 'criteria.proposed', subject: id, binds: [criteriaSetRow({ id })], details })
    return set
  })
}
