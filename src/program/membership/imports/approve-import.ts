import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { grantRoles } from '#platform/auth/grant-roles.ts'
import { issueLink } from '#platform/auth/issue-link.ts'
import { insertPerson, personRow } from '#platform/auth/people-store.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { sendMail } from '#platform/mail/send-mail.ts'
import type { OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import { requireTwoOfficers } from '#platform/auth/holds-role.ts'
import { admitMember } from '#program/membership/admit-member.ts'
import type { ApprovedImport, ImportRow } from '#program/membership/imports/contract.ts'
import { importState, openRows, sealRoleAddress, showImport } from '#program/membership/imports/member-import.ts'
import { nameKey } from '#program/membership/imports/member-list.ts'
import {
  findImport,
  holdMemberNames,
  importedMemberRow,
  insertImportedMember,
  listMemberNames,
  lockImport,
  memberImportRow,
  setImportApproved,
  setImportClosed,
  type MemberImportId,
  type StoredImport,
} from '#program/membership/imports/store.ts'

type Brought = z.input<typeof ApprovedImport>['members'][number]

/**
 * A second officer admits every member of a list and invites its contact, all or none, in one transaction. Throws NOT_FOUND,
 * SECOND_PERSON_NEEDED for who proposed it, and CONFLICT when it does not wait any more, its proposer is no officer any more, or a member
 * of one of its names has come in meanwhile.
 */
export async function approveImport(app: App, actor: OperatorActor, id: MemberImportId): Promise<z.input<typeof ApprovedImport>> {
  return app.db.transaction(actor, async (tx) => {
    const found = await lockImport(tx, actor.operator, id)
    if (!found) throw new Problem('NOT_FOUND')
    const at = app.clock.now()
    if (importState(found, at) !== 'waits') throw new Problem('CONFLICT', 'This list does not wait any more.')
    const otherwise = 'Who proposed it is no membership officer any more; propose it again.'
    await requireTwoOfficers(tx, { proposer: found.proposed_by, approver: actor.person, otherwise })
    const rows = openRows(app, found)
    await requireNewNames(tx, actor, rows)
    await setImportApproved(tx, id, actor.person, at)
    app.audit.record(tx, { action: 'member-import.approved', subject: id, binds: [memberImportRow({ id })], details: { rows: rows.length } })
    const members: Brought[] = []
    for (const row of rows) members.push(await bringIn(app, tx, actor, found, row))
    return { import: showImport((await findImport(tx, actor.operator, id))!, at), members }
  })
}

/** An officer stops a list that waits. Throws NOT_FOUND and CONFLICT. */
export async function closeImport(app: App, actor: OperatorActor, id: MemberImportId): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const found = await lockImport(tx, actor.operator, id)
    if (!found) throw new Problem('NOT_FOUND')
    const at = app.clock.now()
    if (importState(found, at) !== 'waits') throw new Problem('CONFLICT', 'This list does not wait any more.')
    await setImportClosed(tx, id, at)
    app.audit.record(tx, { action: 'member-import.closed', subject: id, binds: [memberImportRow({ id })] })
  })
}

async function requireNewNames(tx: Tx, { operator }: OperatorActor, rows: readonly ImportRow[]): Promise<void> {
  await holdMemberNames(tx, operator)
  const present = new Set((await listMemberNames(tx, operator)).map(nameKey))
  const known = rows.find(({ name }) => present.has(nameKey(name)))
  if (known)
    throw new Problem('CONFLICT', `There is a member by the name of line ${known.line} by now; nothing was written. Close this list and propose another.`)
}

async function bringIn(app: App, tx: Tx, { operator }: OperatorActor, { id, proposed_by: proposer }: StoredImport, row: ImportRow): Promise<Brought> {
  const { name, kind, tier, jurisdiction, since, website, roleAddress } = row
  const organisation = await admitMember(app, tx, { operator, name, kind, tier, jurisdiction, details: { import: id, line: row.line, proposedBy: proposer } })
  await insertImportedMember(tx, { organisation, operator, import: id, since, website, roleAddress: sealRoleAddress(app, organisation, roleAddress) })
  const contact = await inviteContact(app, tx, operator, organisation, row)
  await sendMail(app, tx, { kind: 'member-import.invitation', operator, person: contact.id, to: row.contactEmail, ...invitationMail(row, contact.link) })
  const binds = [importedMemberRow({ organisation_id: organisation, operator_id: operator }), ...contact.binds]
  app.audit.record(tx, { action: 'person.invited', subject: contact.id, operator, binds, details: { roles: ['admin'], import: id } })
  return {
    organisation: { id: organisation, name },
    contact: { id: contact.id, name: row.contactName, email: row.contactEmail },
    link: contact.link,
  }
}

/** The first admin of a member that is brought in. */
async function inviteContact(app: App, tx: Tx, operator: OperatorId, organisation: OrganisationId, { contactName, contactEmail }: ImportRow) {
  const id = app.ids.next<'person'>() as PersonId
  const side = { kind: 'contact', organisation, operators: [operator] } as const
  await insertPerson(tx, { id, side, name: contactName, email: contactEmail, at: app.clock.now() })
  const granted = await grantRoles(app, tx, { id, side }, ['admin'])
  const { url, expiresAt, binds } = await issueLink(app, tx, 'invitation', id)
  return { id, link: { url, expiresAt }, binds: [personRow({ id }), ...granted, ...binds] }
}

function invitationMail({ name, contactName }: ImportRow, { url, expiresAt }: { readonly url: string; readonly expiresAt: Date }) {
  const text = [
    `${contactName},`,
    `${name} is a member of the programme, and you are invited as its admin. This link lets you in once, until ${expiresAt.toISOString()}:`,
    url,
    'Whoever runs the programme can make you another one.',
  ]
  return { subject: `Invitation for ${name}`, text: `${text.join('\n\n')}\n` }
}
