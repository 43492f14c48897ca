import { rule } from '#platform/auth/rule.ts'

/** The outbox. A mail may hold a link that opens something, so its text takes a person in a session. */
export const may = {
  listMail: rule('outgoing-mail.list', { operator: ['membership-officer'], scope: 'people:read' }),
  readMail: rule('outgoing-mail.read', { operator: ['membership-officer'] }),
  retryMail: rule('outgoing-mail.retry', { operator: ['membership-officer'] }),
}
