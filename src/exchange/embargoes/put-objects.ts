import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { MOST_PUT, type PutResult } from '#exchange/embargoes/contract.ts'
import { findEmbargo, type EmbargoId } from '#exchange/embargoes/store.ts'
import { storeObjects, type Incoming, type Stored } from '#exchange/objects/store-objects.ts'
import { checkObject } from '#exchange/stix/check.ts'
import { readEnvelope, type Sliced } from '#exchange/stix/envelope.ts'

const MOST_NAMED = 100
/** Longest id of a refused object that is repeated. */
const SHOWN = 120

type Result = z.input<typeof PutResult>

/**
 * Stores the objects of a bundle or envelope with an embargo, exactly as they came, in the operator's own name; each bad one is named. Throws
 * NOT_FOUND, what reading an envelope throws, and CONFLICT where so many would reach behind what another embargo releases within the next moment.
 */
export async function putObjects(app: App, actor: OperatorActor, id: EmbargoId, body: Buffer): Promise<Result> {
  const { objects } = readEnvelope(body, MOST_PUT)
  return app.db.transaction(actor, async (tx) => {
    const embargo = await findEmbargo(tx, actor.operator, id)
    if (!embargo) throw new Problem('NOT_FOUND')
    const checked = objects.map(check)
    const good: Incoming[] = checked.flatMap((one, n) => ('object' in one ? [{ object: one.object, bytes: objects[n]!.bytes }] : []))
    const to = { collection: embargo.collection_id, operator: actor.operator, contributor: null, by: actor, reads: true, embargo: embargo.id }
    const stored = good.length === 0 ? [] : await storeObjects(app, tx, to, good)
    const result = tell(objects, checked, stored)
    app.audit.record(tx, { action: 'embargo.objects-put', subject: embargo.collection_id, details: { embargo: id, added: result.added } })
    return result
  })
}

type Checked = ReturnType<typeof checkObject>

function check({ value, fault }: Sliced): Checked {
  return fault === undefined ? checkObject(value) : { fault }
}

function tell(sent: readonly Sliced[], checked: readonly Checked[], stored: readonly Stored[]): Result {
  const result = { added: 0, known: 0, refused: 0, refusals: [] as { id: string; message: string }[] }
  let next = 0
  for (const [n, one] of checked.entries()) {
    const became = 'object' in one ? stored[next++]! : { outcome: 'refused' as const, message: one.fault }
    result[became.outcome]++
    if (became.outcome === 'refused' && result.refusals.length < MOST_NAMED) result.refusals.push({ id: idOf(sent[n]!.value), message: became.message })
  }
  return result
}

function idOf(value: unknown): string {
  const id = (typeof value === 'object' && value !== null ? value : {}) as { id?: unknown }
  return typeof id.id === 'string' ? id.id.slice(0, SHOWN).toWellFormed() : 'unknown'
}
