import { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor, PersonActor } from '#platform/auth/actor.ts'
import { pageById } from '#platform/auth/page-by-id.ts'
import { Problem } from '#platform/errors.ts'
import { PageQuery, pageOf } from '#platform/http/page.ts'
import { route, type Route } from '#platform/http/route.ts'
import { idSchema } from '#platform/ids.ts'
import { OutgoingMail, OutgoingMailText } from '#platform/mail/contract.ts'
import { unsealMessage } from '#platform/mail/message.ts'
import { may } from '#platform/mail/policy.ts'
import { readMail, showsText } from '#platform/mail/read-mail.ts'
import { retryMail } from '#platform/mail/retry-mail.ts'
import { listMail, type OutgoingMail as MailRow } from '#platform/mail/store.ts'

const tag = 'mail'
const params = z.object({ id: idSchema<'outgoing-mail'>() })

/** The outbox of an operator. */
export function routes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/outgoing-mail',
      summary: "Lists your operator's outgoing mail without its text, the newest first.",
      tag,
      access: may.listMail,
      query: PageQuery,
      response: pageOf(OutgoingMail),
      handle: ({ actor, query }) => {
        const read = (limit: number, before: string | undefined) => app.db.read(actor, (tx) => listMail(tx, limit, before))
        return pageById(app, 'outgoing-mail', query, read, (row) => show(app, row))
      },
    }),
    route({
      method: 'GET',
      url: '/api/outgoing-mail/:id',
      summary: 'Shows a mail, with its text while it is kept or failed; on record.',
      tag,
      access: may.readMail,
      secret: true,
      params,
      response: OutgoingMailText,
      handle: async ({ actor, params: { id } }) => {
        const mail = await readMail(app, staff(actor), id)
        return { ...show(app, mail), text: showsText(mail) ? unsealMessage(app.keys, mail.id, mail.sealed!).text : null }
      },
    }),
    route({
      method: 'POST',
      url: '/api/outgoing-mail/:id/retry',
      summary: 'Sends a mail again that failed or was kept.',
      tag,
      access: may.retryMail,
      params,
      response: OutgoingMail,
      handle: async ({ actor, params: { id } }) => show(app, await retryMail(app, staff(actor), id)),
    }),
  ]
}

function staff(actor: PersonActor): OperatorActor {
  if (actor.kind !== 'operator') throw new Problem('FORBIDDEN')
  return actor
}

function show(app: App, mail: MailRow): z.input<typeof OutgoingMail> {
  const { id, kind, state, attempts, created_at: createdAt, sent_at: sentAt, failure, sealed } = mail
  const { to, subject } = sealed === null ? { to: null, subject: null } : unsealMessage(app.keys, id, sealed)
  return { id, kind, to, subject, state, attempts, createdAt, sentAt, failure }
}
