import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { notify } from '#platform/notices/notify.ts'
import { staffWith } from '#platform/auth/people-store.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { AttestDestruction, DestructionView } from '#program/packages/holders/contract.ts'
import { openAttestation, sealAttestation } from '#program/packages/holders/sealed-attestation.ts'
import { attestationRow, insertAttestation, listHeldPulled, type HeldPulled } from '#program/packages/holders/store.ts'

type View = z.input<typeof DestructionView>

/** Pulled packages of which the person holds something, and was asked to destroy it. */
export function listDestructions(app: App, actor: ContactActor): Promise<View[]> {
  return app.db.read(actor, async (tx) => (await listHeldPulled(tx, actor)).map((row) => show(app, row)))
}

/**
 * A holder says to have destroyed what it was given of a pulled package: one statement per person, which nobody alters. Throws
 * NOT_FOUND for a package that was not pulled or of which the person was given nothing, CONFLICT the second time, and
 * VALIDATION_FAILED for an instant to come.
 */
export function attestDestruction(app: App, actor: ContactActor, id: PackageId, said: z.output<typeof AttestDestruction>): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const [held] = await listHeldPulled(tx, actor, id)
    if (!held) throw new Problem('NOT_FOUND')
    const at = app.clock.now()
    if (said.destroyedAt > at) throw refused('/body/destroyedAt', 'an instant that has passed')
    if (!said.text.isWellFormed() || said.text.includes('\0')) throw refused('/body/text', 'text that has a UTF-8 form')
    const attestation = app.ids.next<'attestation'>()
    const text = sealAttestation(app, attestation, said.text)
    const { operator } = held
    const isNew = await insertAttestation(tx, actor, { id: attestation, operator, package: id, text, destroyedAt: said.destroyedAt, at })
    if (!isNew) throw new Problem('CONFLICT', 'You have attested this already.')
    await notify(app, tx, await staffWith(tx, operator, 'publisher'), 'package.destruction-attested', { package: id })
    app.audit.record(tx, {
      action: 'package.destruction-attested',
      subject: id,
      operator,
      binds: [attestationRow({ id: attestation })],
      details: { organisation: actor.organisation, versions: held.versions, destroyedAt: said.destroyedAt.toISOString() },
    })
    return show(app, (await listHeldPulled(tx, actor, id))[0]!)
  })
}

function show(app: App, row: HeldPulled): View {
  const { attestation, text, destroyed_at: destroyedAt, attested_at: attestedAt } = row
  return {
    package: row.package,
    versions: row.versions,
    pulledAt: row.pulled_at,
    attested: attestation && text && destroyedAt && attestedAt ? { text: openAttestation(app, attestation, text), destroyedAt, at: attestedAt } : null,
  }
}

function refused(field: string, message: string): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field, message }] })
}
