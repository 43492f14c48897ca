import { rule } from '#platform/auth/rule.ts'

/** Everybody may know what time it is; two publishers together may say so. No token may: a person has to look at a clock. */
export const may = {
  readClock: rule('clock.read', { operator: 'any', contact: 'any', scope: 'account:read', beforePasskey: true }),
  proposeInstant: rule('clock.propose', { operator: ['publisher'] }),
  confirmInstant: rule('clock.confirm', { operator: ['publisher'] }),
}
