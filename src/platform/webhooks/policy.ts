import { rule } from '#platform/auth/rule.ts'

/** A webhook is a lasting way out for a whole organisation: its admins keep it, and of an operator the publishers, in a session. */
export const may = {
  list: rule('webhook.list', { operator: ['publisher', 'auditor'], contact: ['admin'], scope: 'notices:read' }),
  add: rule('webhook.add', { operator: ['publisher'], contact: ['admin'], byProvider: false }),
  change: rule('webhook.change', { operator: ['publisher'], contact: ['admin'], byProvider: false }),
  end: rule('webhook.end', { operator: ['publisher'], contact: ['admin'] }),
}
