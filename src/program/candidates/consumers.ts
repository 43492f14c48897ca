import { system } from '#platform/auth/actor.ts'
import { staffWith } from '#platform/auth/people-store.ts'
import { consumer, type Consumer } from '#platform/events/events.ts'
import { notify } from '#platform/notices/notify.ts'
import { candidateRow, insertCandidate } from '#program/candidates/store.ts'
import { zeroDayCandidateSeen } from '#scanner/submissions/contract.ts'

/** Opens a case for what the scanner raised, and tells the people who may work on one, in their inbox alone. */
const open = consumer({
  name: 'candidates.open',
  type: zeroDayCandidateSeen,
  handle: async (app, { operator, data, happenedAt }) => {
    if (operator === undefined) throw new Error('a candidate was raised for no operator')
    await app.db.transaction(system('candidates.open'), async (tx) => {
      const id = app.ids.next<'zero-day-candidate'>()
      const { submission, line, environments } = data
      if (!(await insertCandidate(tx, { id, operator, submission, line, environments, at: happenedAt }))) return
      app.audit.record(tx, { action: 'zero-day-candidate.opened', subject: id, operator, binds: [candidateRow({ id })] })
      const people = [...(await staffWith(tx, operator, 'analyst')), ...(await staffWith(tx, operator, 'author'))]
      await notify(app, tx, people, 'zero-day-candidate.opened')
    })
  },
})

export const consumers: readonly Consumer[] = [open]
