import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { bringInContact } from '#platform/auth/invite-person.ts'
import type { Tx } from '#platform/db/database.ts'
import { sendMail } from '#platform/mail/send-mail.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import type { Answers } from '#program/membership/applications/contract.ts'

/** Makes the account of the contact who answers for a new member, as its administrator; the link to come in goes by mail. */
export async function inviteAccountable(
  app: App,
  tx: Tx,
  actor: OperatorActor,
  found: { readonly member: OrganisationId; readonly operator: { readonly id: OperatorId; readonly name: string }; readonly contacts: Answers['contacts'] },
): Promise<void> {
  const { member, operator, contacts } = found
  const contact = contacts.find(({ role }) => role === 'accountable')!
  const side = { kind: 'contact' as const, organisation: member, operators: [operator.id] }
  const invited = { name: contact.name.slice(0, 200), email: contact.email, roles: ['admin' as const] }
  const { person, link } = await bringInContact(app, tx, actor, side, invited)
  const text = [
    `${operator.name} has admitted your organisation as a member, and you are named as its accountable contact.`,
    '',
    'Come in with this link once, and enrol a passkey; from then on you sign in with that:',
    link.url,
    '',
    `The link works until ${link.expiresAt.toISOString().slice(0, 16).replace('T', ' ')} UTC. Do not pass it on: whoever uses it comes in as you.`,
    'Then you invite your colleagues, sign the agreement and add your keys. Nothing of a package is shown before.',
  ]
  const subject = `You are invited to the programme of ${operator.name}`
  await sendMail(app, tx, { to: contact.email, subject, text: text.join('\n'), kind: 'person.invitation', person: person.id, operator: operator.id })
}
