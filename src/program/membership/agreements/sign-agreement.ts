import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import { beginSigning } from '#platform/auth/begin-signing.ts'
import type { PasskeyAssertion, SigningOptions } from '#platform/auth/contract.ts'
import { finishSigning } from '#platform/auth/finish-signing.ts'
import { holdOwnAccount } from '#platform/auth/hold-own-account.ts'
import { membershipOfficers } from '#platform/auth/people-store.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId } from '#platform/ids.ts'
import { notify } from '#platform/notices/notify.ts'
import { says, signatureFacts } from '#program/membership/agreements/agreement-statement.ts'
import { findParties, operatorMeant, requireNewest, type Parties } from '#program/membership/agreements/parties.ts'
import { findSignature, insertSignature, signatureRow, type SignatureId } from '#program/membership/agreements/signature-store.ts'

export interface Wanted {
  readonly version: number
  readonly operator: OperatorId | undefined
}

/**
 * What an admin of a member signs, and the options for the passkey. Throws NOT_FOUND for a text that is none of the member's, CONFLICT
 * when it is not the newest, was signed already, or the person has no passkey.
 */
export async function beginSignature(app: App, actor: ContactActor, wanted: Wanted): Promise<z.input<typeof SigningOptions>> {
  return app.db.transaction(actor, async (tx) => {
    const parties = await signable(app, tx, actor, wanted)
    return beginSigning(app, tx, actor, signatureFacts(parties.matter))
  })
}

/**
 * Signs: keeps the statement and the passkey's assertion about it, on the log, and tells the operator's officers. Throws what
 * `finishSigning` throws, and CONFLICT when what is signed is not what was shown, or somebody of the member has signed meanwhile.
 */
export async function signAgreement(app: App, actor: ContactActor, wanted: Wanted, input: z.output<typeof PasskeyAssertion>): Promise<void> {
  const signed = await finishSigning(app, actor, input)
  await app.db.transaction(actor, async (tx) => {
    await holdOwnAccount(tx, actor)
    const parties = await signable(app, tx, actor, wanted)
    const { matter, text } = parties
    if (!says(signed.statement, signatureFacts(matter))) throw new Problem('CONFLICT', 'What was signed is not this text as it is now; start again.')
    const id = app.ids.next<'agreement-signature'>() as SignatureId
    const entry = { id, operator: text.operator_id, organisation: actor.organisation, version: text.version, sha256: text.sha256 }
    if (!(await insertSignature(tx, { ...entry, by: actor.person, signed, at: app.clock.now() }))) throw alreadySigned()
    const details = { signature: id, version: text.version, sha256: matter.sha256 }
    app.audit.record(tx, { action: 'agreement.signed', subject: actor.organisation, operator: text.operator_id, binds: [signatureRow({ id })], details })
    await notify(app, tx, await membershipOfficers(tx, text.operator_id), 'agreement.signed', { name: matter.organisation.name })
  })
}

async function signable(app: App, tx: Tx, actor: ContactActor, { version, operator: named }: Wanted): Promise<Parties> {
  const operator = await operatorMeant(tx, actor, named)
  const parties = await findParties(app, tx, operator, actor.organisation, version)
  await requireNewest(tx, parties)
  const earlier = await findSignature(tx, operator, actor.organisation, version)
  if (earlier && earlier.refused_at === null) throw alreadySigned()
  return parties
}

function alreadySigned(): Problem {
  return new Problem('CONFLICT', 'Your organisation has signed this version already.')
}
