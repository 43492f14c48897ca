import { system } from '#platform/auth/actor.ts'
import { consumer, type Consumer } from '#platform/events/events.ts'
import { protectionShipped } from '#program/protections/contract.ts'
import { insertShipped } from '#exchange/gaps/gap-store.ts'

/** Keeps what each vendor has shipped, so that its gaps close. */
const keepShipped = consumer({
  name: 'gaps.keep-shipped',
  type: protectionShipped,
  handle: async (app, { operator, data, happenedAt }) => {
    if (operator === undefined) throw new Error('a protection was shipped for no operator')
    await app.db.transaction(system('gaps.keep-shipped'), async (tx) => {
      const binds = await insertShipped(tx, { operator, ...data, at: happenedAt })
      if (binds.length > 0) app.audit.record(tx, { action: 'gap.protection-noted', subject: data.organisation, operator, binds })
    })
  },
})

export const consumers: readonly Consumer[] = [keepShipped]
