import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import type { SignedAgreement } from '#program/membership/agreements/contract.ts'
import { findParties, operatorMeant } from '#program/membership/agreements/parties.ts'
import { findCountersignature, findLeafIndex, findSignature, type Signature } from '#program/membership/agreements/signature-store.ts'

export interface WantedDocument {
  readonly version: number
  readonly organisation: OrganisationId
  readonly operator: OperatorId | undefined
}

/**
 * The text and what was signed, with the leaves that bind it: for the operator, and for the member itself. Throws NOT_FOUND for
 * anybody else, and when nothing was signed or what was signed was refused.
 */
export async function showSignedAgreement(app: App, actor: PersonActor, wanted: WantedDocument): Promise<z.output<typeof SignedAgreement>> {
  if (actor.kind === 'contact' && actor.organisation !== wanted.organisation) throw new Problem('NOT_FOUND')
  return app.db.read(actor, async (tx) => {
    const operator = await operatorMeant(tx, actor, wanted.operator)
    const { matter, text } = await findParties(app, tx, operator, wanted.organisation, wanted.version)
    const member = await findSignature(tx, operator, wanted.organisation, wanted.version)
    if (!member || member.refused_at !== null) throw new Problem('NOT_FOUND')
    const answer = await findCountersignature(tx, member.id)
    return {
      type: 'vedette signed agreement v1',
      ...matter,
      text: text.text,
      member: await onLog(tx, member),
      countersignature: answer ? await onLog(tx, answer) : null,
    }
  })
}

async function onLog(tx: Tx, signature: Signature) {
  return { record: { ...signature.signed }, leaf: await findLeafIndex(tx, signature) }
}
