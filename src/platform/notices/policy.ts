import { rule } from '#platform/auth/rule.ts'

/** Whoever has signed in has an inbox of their own; which rows are theirs is decided by the query and by row-level security. */
export const may = {
  list: rule('notice.list', { operator: 'any', contact: 'any', scope: 'notices:read' }),
  readMailChoices: rule('notice.mail-choices', { operator: 'any', contact: 'any', scope: 'notices:read' }),
  setMailChoice: rule('notice.set-mail-choice', { operator: 'any', contact: 'any' }),
  markRead: rule('notice.mark-read', { operator: 'any', contact: 'any' }),
}
