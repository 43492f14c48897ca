import { system } from '#platform/auth/actor.ts'
import { consumer, type Consumer } from '#platform/events/events.ts'
import type { ObjectId } from '#platform/objects/objects.ts'
import { evidenceUploaded } from '#program/membership/applications/contract.ts'
import { OBJECT_QUEUE } from '#scanner/objects/queue.ts'

/** Takes evidence of applications, to be scanned before anybody opens it. */
const take = consumer({
  name: 'objects.take-evidence',
  type: evidenceUploaded,
  handle: async (app, { operator, data }) => {
    if (operator === undefined) throw new Error('evidence was handed in to no operator')
    const job = { object: data.object as ObjectId, operator }
    await app.db.transaction(system('objects.take-evidence'), (tx) => app.jobs.send(tx, OBJECT_QUEUE, job, { group: operator }).then(() => undefined))
  },
})

export const consumers: readonly Consumer[] = [take]
