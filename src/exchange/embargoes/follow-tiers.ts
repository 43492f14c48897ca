import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { gainReached, keepFollowed, listChanged, lockChanged, lockCollections, loseUnreached, type ChangedMember } from '#exchange/embargoes/tier-store.ts'
import { keepPositions, lockPositions } from '#exchange/objects/feed-store.ts'
import { Positions } from '#exchange/objects/positions.ts'

const ACTOR = system('embargoes.follow-tiers')

/**
 * Lets the feeds of members follow the tiers that they hold by now (exchange design, 4.2). What the new tier has reached comes to a member at new
 * positions, unless it had it; what the new tier has not reached is taken from it, and it is told so. From the change until this was done nothing
 * of either tier is shown to it: a late look delays, and never advances.
 */
export async function followTiers(app: App): Promise<void> {
  for (const member of await app.db.read(ACTOR, (tx) => listChanged(tx.db))) {
    await app.db
      .transaction(ACTOR, (tx) => follow(app, tx, member))
      .catch((error: unknown) => {
        // An embargo ends at this moment: the next look does it.
        if (!(error instanceof Problem) || error.code !== 'DATABASE_UNAVAILABLE') throw error
      })
  }
}

async function follow(app: App, tx: Tx, member: ChangedMember): Promise<void> {
  const collections = await lockCollections(tx.db, member.operator)
  const change = await lockChanged(tx.db, member)
  if (!change) return
  const at = app.clock.now()
  let [since, gained, lost] = [0, 0, 0]
  const taken: Positions[] = []
  for (const { id, held } of collections) {
    const positions = new Positions((await lockPositions(tx.db, id, at))!, at)
    taken.push(positions)
    tx.beforeCommit(async () => positions.check(app.clock.now()))
    const { base, now } = positions
    const came = held ? await gainReached(tx.db, change, id, { base, now }) : 0
    const told = held ? await loseUnreached(tx.db, change, id, { base: base + came, now }) : 0
    since = Math.max(since, base + came + told - 1)
    gained += came
    lost += told
  }
  for (const positions of taken) positions.allow(since)
  // One position for all of them: what lies at or before it is told by rows of its own, what comes lies after it.
  for (const { id, held } of collections) await keepPositions(tx.db, id, since, held)
  await keepFollowed(tx.db, change, since)
  app.audit.record(tx, {
    action: 'embargo.tier-followed',
    subject: member.organisation,
    operator: member.operator,
    details: { tier: change.tier, gained, lost },
  })
}
