import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import { assertNever } from '#platform/errors.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import { sendMail } from '#platform/mail/send-mail.ts'
import { notify } from '#platform/notices/notify.ts'
import { listAdmins } from '#program/membership/agreements/store.ts'

type News =
  | { readonly kind: 'agreement.issued'; readonly version: number; readonly acceptBy: Date }
  | { readonly kind: 'agreement.countersigned' | 'agreement.refused'; readonly version: number }

/** Tells the admins of an operator's members, or of the one that is named, what became of an agreement: in the inbox and by mail, in the caller's transaction. */
export async function tellAdmins(
  app: App,
  tx: Tx,
  whom: { readonly operator: { readonly id: OperatorId; readonly name: string }; readonly organisation?: OrganisationId },
  news: News,
): Promise<void> {
  const { operator, organisation } = whom
  const admins = await listAdmins(tx, operator.id, organisation)
  const people = admins.map(({ id }) => id)
  await notify(app, tx, people, news.kind, { name: operator.name })
  const message = wordsOf(app, operator.name, news)
  for (const { id, email } of admins) {
    if (email !== null) await sendMail(app, tx, { to: email, ...message, kind: news.kind, operator: operator.id, person: id })
  }
}

function wordsOf(app: App, operator: string, news: News): { subject: string; text: string } {
  const where = `Sign in at ${app.config.url.origin}/agreement`
  switch (news.kind) {
    case 'agreement.issued':
      return {
        subject: `A new version of the agreement with ${operator}`,
        text: `${operator} has issued version ${news.version} of its agreement. An admin of your organisation has to sign it, and the operator to countersign it, before ${utc(news.acceptBy)}; after that your access stops until both have.\n\n${where} to read what changed, and to sign with your passkey.`,
      }
    case 'agreement.countersigned':
      return {
        subject: `Your agreement with ${operator} is countersigned`,
        text: `${operator} has countersigned version ${news.version} of the agreement that your organisation signed.\n\n${where} to download the signed copy.`,
      }
    case 'agreement.refused':
      return {
        subject: `Your agreement with ${operator} was not countersigned`,
        text: `${operator} has not countersigned version ${news.version} of the agreement that your organisation signed.\n\n${where} to read the reason, and to sign again.`,
      }
    default:
      return assertNever(news)
  }
}

function utc(instant: Date): string {
  const text = instant.toISOString()
  return `${text.slice(0, 10)} ${text.slice(11, 16)} UTC`
}
