import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import { issueResumeLink } from '#program/membership/applications/applicant.ts'
import { LINK_DAYS } from '#program/membership/applications/contract.ts'
import { unseal } from '#program/membership/applications/sealed.ts'
import { listAdmins, type ApplicationRow } from '#program/membership/applications/store.ts'
import { sendMail } from '#platform/mail/send-mail.ts'
import { notify } from '#platform/notices/notify.ts'

type Link = Awaited<ReturnType<typeof issueResumeLink>>

/** The mail by which an applicant begins and comes back. It says the same to a new applicant and to one with an open application. */
export async function tellResumeLink(app: App, tx: Tx, { row, email, link }: { row: ApplicationRow; email: string; link: Link }): Promise<void> {
  const text = [
    `Somebody, you we hope, asked to apply for membership in the programme of ${row.operator_name} with this address.`,
    '',
    'With this link you fill in the form, come back to it, and see what becomes of it:',
    link.url,
    '',
    `It works for ${LINK_DAYS} days after you last saved something. Whoever has it can read and change the application, so do not pass it on.`,
    'If it was not you, nothing has to be done: without the link nothing happens.',
  ].join('\n')
  await sendMail(app, tx, {
    to: email,
    subject: `Your application to ${row.operator_name}`,
    text,
    kind: 'application.resume-link',
    operator: row.operator_id,
    about: row.id,
  })
}

/** Tells the applicant of a question or of the decision, with a fresh link; for a renewal the administrators of the member, in their inbox. */
export async function tellApplicant(app: App, tx: Tx, row: ApplicationRow, what: 'question' | 'decision'): Promise<void> {
  if (row.organisation_id !== null) {
    const admins = await listAdmins(tx, row.organisation_id)
    const kind = what === 'question' ? 'renewal.question' : 'renewal.decided'
    await notify(app, tx, admins, kind, { operator: row.operator_id, name: row.operator_name })
    return
  }
  const link = await issueResumeLink(app, tx, row)
  const said =
    what === 'question'
      ? `${row.operator_name} has a question about your application, and waits for your answer.`
      : `${row.operator_name} has decided on your application.`
  const text = [
    said,
    '',
    what === 'question' ? 'Read it and answer here:' : 'Read the decision and its reasons here:',
    link.url,
    '',
    `The link works for ${LINK_DAYS} days. Do not pass it on.`,
  ]
  const subject = what === 'question' ? `A question about your application to ${row.operator_name}` : `Your application to ${row.operator_name} is decided`
  const to = unseal(app.keys, 'email', [row.id], row.email)
  await sendMail(app, tx, { to, subject, text: text.join('\n'), kind: `application.${what}`, operator: row.operator_id, about: row.id })
}
