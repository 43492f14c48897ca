import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { beginSigning } from '#platform/auth/begin-signing.ts'
import type { PasskeyAssertion, SigningOptions } from '#platform/auth/contract.ts'
import { finishSigning } from '#platform/auth/finish-signing.ts'
import { holdOwnAccount } from '#platform/auth/hold-own-account.ts'
import { sealText, unsealText } from '#platform/crypto/seal-text.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OrganisationId } from '#platform/ids.ts'
import { acceptanceRow } from '#program/membership/entitlement-store.ts'
import { countersignatureFacts, says, signatureFacts, verifySignature } from '#program/membership/agreements/agreement-statement.ts'
import { findParties, type Parties } from '#program/membership/agreements/parties.ts'
import {
  findCountersignature,
  hasAccepted,
  insertAcceptance,
  insertSignature,
  lockSignature,
  setRefused,
  signatureRow,
  type Signature,
  type SignatureId,
} from '#program/membership/agreements/signature-store.ts'
import { listAdmins } from '#program/membership/agreements/store.ts'
import { tellAdmins } from '#program/membership/agreements/tell-admins.ts'

export interface WantedSignature {
  readonly version: number
  readonly organisation: OrganisationId
}

/** What an officer signs about a member's signature. Throws NOT_FOUND when there is none, CONFLICT when it does not wait, its signer is no administrator any more, or the officer has no passkey. */
export async function beginCountersignature(app: App, actor: OperatorActor, wanted: WantedSignature): Promise<z.input<typeof SigningOptions>> {
  return app.db.transaction(actor, async (tx) => {
    const { parties, member } = await lockWaiting(app, tx, actor, wanted)
    return beginSigning(app, tx, actor, countersignatureFacts(parties.matter, member.signed.statement))
  })
}

/**
 * Countersigns: from now on the member has accepted the text, which entitles it as far as the agreement is concerned. Throws what
 * `finishSigning` throws, and CONFLICT when the member's signature does not verify any more, its signer is no administrator any more, or it was decided about meanwhile.
 */
export async function countersignAgreement(app: App, actor: OperatorActor, wanted: WantedSignature, input: z.output<typeof PasskeyAssertion>): Promise<void> {
  const signed = await finishSigning(app, actor, input)
  await app.db.transaction(actor, async (tx) => {
    await holdOwnAccount(tx, actor)
    const { parties, member } = await lockWaiting(app, tx, actor, wanted)
    if (!says(signed.statement, countersignatureFacts(parties.matter, member.signed.statement)))
      throw new Problem('CONFLICT', 'What was signed is not about this signature as it is now; start again.')
    const id = app.ids.next<'agreement-signature'>() as SignatureId
    const at = app.clock.now()
    const { organisation_id: organisation, version, sha256 } = member
    const entry = { id, operator: actor.operator, organisation, version, sha256, answers: member.id, by: actor.person, signed, at }
    if (!(await insertSignature(tx, entry))) throw decided()
    const acceptance = await insertAcceptance(tx, member, { by: actor.person, at })
    const binds = [signatureRow({ id }), signatureRow({ id: member.id }), acceptanceRow(acceptance)]
    const details = { signature: id, version, sha256: parties.matter.sha256 }
    app.audit.record(tx, { action: 'agreement.countersigned', subject: organisation, binds, details })
    await tellAdmins(app, tx, { operator: parties.matter.operator, organisation }, { kind: 'agreement.countersigned', version })
  })
}

/** Does not countersign, for a reason that the member is told; it may sign again. Throws NOT_FOUND, and CONFLICT when the signature does not wait. */
export async function refuseSignature(app: App, actor: OperatorActor, wanted: WantedSignature, reason: string): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const { parties, member } = await lockWaiting(app, tx, actor, wanted, 'as it is')
    await setRefused(tx, member.id, { by: actor.person, at: app.clock.now(), reason: sealText(app.keys, placeOf(member.id), reason) })
    const details = { signature: member.id, version: member.version }
    app.audit.record(tx, { action: 'agreement.refused', subject: member.organisation_id, binds: [signatureRow({ id: member.id })], details })
    const whom = { operator: parties.matter.operator, organisation: member.organisation_id }
    await tellAdmins(app, tx, whom, { kind: 'agreement.refused', version: member.version })
  })
}

/** The words of a refusal. */
export function openRefusal(app: Pick<App, 'keys'>, id: SignatureId, sealed: Buffer): string {
  return unsealText(app.keys, placeOf(id), sealed)
}

const placeOf = (id: SignatureId) => ({ purpose: 'agreement refusal', context: [id] })

async function lockWaiting(
  app: App,
  tx: Tx,
  actor: OperatorActor,
  { version, organisation }: WantedSignature,
  how: 'verified' | 'as it is' = 'verified',
): Promise<{ parties: Parties; member: Signature }> {
  const parties = await findParties(app, tx, actor.operator, organisation, version)
  const member = await lockSignature(tx, actor.operator, organisation, version)
  if (!member) throw new Problem('NOT_FOUND')
  if (member.refused_at !== null || (await findCountersignature(tx, member.id)) || (await hasAccepted(tx, member))) throw decided()
  const stands = how === 'as it is' || (says(member.signed.statement, signatureFacts(parties.matter)) && (await verifySignature(member.signed)))
  if (how === 'verified') await requireSigner(tx, member)
  if (!stands) throw new Problem('CONFLICT', 'The signature of the member does not verify, so it is not countersigned; refuse it.')
  return { parties, member }
}

/** Who signed for the member has to be somebody who may: to the operator's own signature nothing is bound before. */
async function requireSigner(tx: Tx, { operator_id: operator, organisation_id: organisation, person_id: signer }: Signature): Promise<void> {
  if ((await listAdmins(tx, operator, organisation)).some(({ id }) => id === signer)) return
  throw new Problem('CONFLICT', 'Who signed is no administrator of the member any more, so it is not countersigned; refuse it, and have another one sign.')
}

function decided(): Problem {
  return new Problem('CONFLICT', 'This signature does not wait for the operator any more.')
}
