import type { App } from '#platform/app.ts'
import type { OperatorActor, PersonActor } from '#platform/auth/actor.ts'
import { confirmInstant, OPEN_FOR_MS } from '#platform/clock/confirm-instant.ts'
import { ClockProposal, ClockState, ConfirmationId, ConfirmedInstant, StateInstant } from '#platform/clock/contract.ts'
import { thisMachine } from '#platform/clock/machine.ts'
import { may } from '#platform/clock/policy.ts'
import { proposeInstant } from '#platform/clock/propose-instant.ts'
import { databaseInstant, findOpenProposal, findProposal } from '#platform/clock/store.ts'
import { Problem } from '#platform/errors.ts'
import { route, type Route } from '#platform/http/route.ts'

const tag = 'clock'

export function routes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/clock',
      summary: 'Tells the trusted instant, and why it stands still if it does.',
      tag,
      access: may.readClock,
      response: ClockState,
      handle: ({ actor }) =>
        app.db.read(actor, async (tx) => {
          const database = await databaseInstant(tx)
          return {
            now: app.clock.now(),
            disagreement: app.clock.disagreement() ?? null,
            readings: { wall: new Date(thisMachine().wallMs()), database },
            proposal: (await findOpenProposal(tx, new Date(database.getTime() - OPEN_FOR_MS))) ?? null,
          }
        }),
    }),
    route({
      method: 'POST',
      url: '/api/clock/confirmations',
      summary: 'States the time by a clock outside the machine; a second person has to confirm it.',
      tag,
      access: may.proposeInstant,
      body: StateInstant,
      status: 201,
      creates: true,
      response: ClockProposal,
      handle: async ({ actor, body }) => {
        const id = await proposeInstant(app, operatorOnly(actor), body.instant)
        return (await app.db.read(actor, (tx) => findProposal(tx, id)))!
      },
    }),
    route({
      method: 'POST',
      url: '/api/clock/confirmations/:id/approval',
      summary: 'Confirms the time as the second person, who states it by a clock outside the machine as well.',
      tag,
      access: may.confirmInstant,
      params: ConfirmationId,
      body: StateInstant,
      response: ConfirmedInstant,
      handle: async ({ actor, params, body }) => {
        await confirmInstant(app, operatorOnly(actor), params.id, body.instant)
        return { id: params.id, instant: body.instant }
      },
    }),
  ]
}

/** The rules name no role of a contact, so none comes this far. */
function operatorOnly(actor: PersonActor): OperatorActor {
  if (actor.kind !== 'operator') throw new Problem('FORBIDDEN')
  return actor
}
