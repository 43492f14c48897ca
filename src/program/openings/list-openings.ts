import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import type { OpeningTier, OpeningView, ToldList } from '#program/openings/contract.ts'
import { listOpenings, listToldBy } from '#program/openings/store.ts'
import type { ReleaseId } from '#program/releases/store.ts'

const SHOWN = 200

/** The newest openings of the operator, with how many people were told by each. */
export function readOpenings(app: App, actor: OperatorActor): Promise<z.input<typeof OpeningView>[]> {
  return app.db.read(actor, (tx) => listOpenings(tx, actor.operator, SHOWN))
}

/** Who was told by an opening. Throws NOT_FOUND. */
export function readTold(app: App, actor: OperatorActor, release: ReleaseId, tier: OpeningTier): Promise<z.input<typeof ToldList>['items']> {
  return app.db.read(actor, async (tx) => {
    const told = await listToldBy(tx, actor.operator, release, tier)
    if (!told) throw new Problem('NOT_FOUND')
    return told.map(({ id, name, organisation, organisation_name: of, told_at: toldAt }) => ({
      person: { id, name },
      organisation: organisation === null ? null : { id: organisation, name: of ?? '' },
      toldAt,
    }))
  })
}
