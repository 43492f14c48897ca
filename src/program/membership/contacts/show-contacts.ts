import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactRole, PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { clearanceChangeState } from '#program/membership/contacts/clearance.ts'
import { listClearances, type ClearanceChange, type StoredClearance } from '#program/membership/contacts/clearance-store.ts'
import type { ClearanceChange as ChangeView, Contact, ContactKey, Contacts } from '#program/membership/contacts/contract.ts'
import { listKeys, type ContactKeyRow } from '#program/membership/contacts/key-store.ts'
import { findOrganisation, isMember, isReachable, listContacts, type ContactRow } from '#program/membership/contacts/store.ts'

type View = z.input<typeof Contact>

/** The contacts of an organisation as its operator, or its own admin, sees them. Throws NOT_FOUND for one that is not the actor's to know. */
export async function showContacts(app: App, actor: PersonActor, id: string): Promise<z.input<typeof Contacts>> {
  return app.db.read(actor, async (tx) => {
    const organisation = await findOrganisation(tx, id)
    if (!organisation || !(await mayKnow(tx, actor, organisation.id))) throw new Problem('NOT_FOUND')
    const rows = await listContacts(tx, organisation.id)
    const people = rows.map((row) => row.id)
    const now = app.clock.now()
    const inForce = ({ revoked_at: revokedAt, expires_at: expiresAt }: ContactKeyRow) => revokedAt === null && expiresAt > now
    const keys = (await listKeys(tx, people)).filter(inForce)
    const clearances = await listClearances(tx, people, actor.kind === 'operator' ? actor.operator : undefined)
    const contacts = rows.map((row) =>
      showContact(
        row,
        keys.filter((key) => key.person_id === row.id),
        clearances.filter(({ person }) => person === row.id),
      ),
    )
    const { name, address } = organisation
    return { organisation: { id: organisation.id, name }, address, reachable: await isReachable(tx, organisation.id), contacts }
  })
}

function mayKnow(tx: Tx, actor: PersonActor, organisation: Parameters<typeof isMember>[1]): Promise<boolean> | boolean {
  return actor.kind === 'operator' ? isMember(tx, organisation, actor.operator) : actor.organisation === organisation
}

function showContact(row: ContactRow, keys: readonly ContactKeyRow[], clearances: readonly StoredClearance[]): View {
  const { id, name, email, roles, functions, created_at: createdAt, disabled_at: disabledAt, bounced_at: bouncedAt, last_seen_at: lastSeenAt } = row
  return {
    id,
    name,
    email,
    roles: roles as ContactRole[],
    functions,
    reachable: bouncedAt === null,
    lastSeenAt,
    createdAt,
    disabledAt,
    keys: keys.map(showKey),
    clearances: clearances.map(({ operator, operatorName, products, proofOfConcept, jurisdiction, since }) => ({
      operator: { id: operator, name: operatorName },
      products: [...products],
      proofOfConcept,
      jurisdiction,
      since,
    })),
  }
}

export function showKey(row: ContactKeyRow): z.input<typeof ContactKey> {
  const { id, kind, fingerprint, added_at: addedAt, expires_at: expiresAt, revoked_at: revokedAt } = row
  return { id, kind, fingerprint, addedAt, expiresAt, revokedAt }
}

export function showChange(change: ClearanceChange, now: Date): z.input<typeof ChangeView> {
  const { products, proofOfConcept, jurisdiction, present } = change
  return {
    id: change.id,
    person: { id: change.person_id, name: change.person_name },
    organisation: change.organisation,
    present: { ...present, products: [...present.products] },
    proposed: { products: [...products], proofOfConcept, jurisdiction },
    proposedBy: { id: change.proposed_by, name: change.proposer_name },
    proposedAt: change.proposed_at,
    expiresAt: change.expires_at,
    approvedBy: change.approved_by === null ? null : { id: change.approved_by, name: change.approver_name ?? '' },
    approvedAt: change.approved_at,
    state: clearanceChangeState(change, now),
  }
}
