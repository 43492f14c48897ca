import { consumer, type Consumer } from '#platform/events/events.ts'
import { mailBounced } from '#platform/mail/contract.ts'
import { flagUnreachable } from '#program/membership/contacts/flag-unreachable.ts'

export const consumers: readonly Consumer[] = [
  consumer({ name: 'contacts.flag-unreachable', type: mailBounced, handle: (app, event) => flagUnreachable(app, event.data.person) }),
]
