import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { knownToStaff, releaseOf } from '#program/packages/known-version.ts'
import type { CycleView } from '#program/releases/cycles/contract.ts'
import { listCycleVersions, type CycleVersion } from '#program/releases/cycles/store.ts'
import { operatorOf, showCycleRelease, showPlanned } from '#program/releases/list-releases.ts'
import { findCycle, findReleases, listCycle } from '#program/releases/moves/cycle-store.ts'
import { showMoves } from '#program/releases/moves/show-move.ts'
import { listMoves } from '#program/releases/moves/store.ts'
import { ruleHistory } from '#program/releases/rules/rules-store.ts'
import { toRelease, type ReleaseId, type StoredRelease } from '#program/releases/store.ts'
import { releaseKey, upcomingReleases } from '#program/releases/upcoming.ts'

type View = z.input<typeof CycleView>

/** One cycle with everything that is or was on it, for the operator's own people. Throws NOT_FOUND for what is no release of theirs. */
export function showCycle(app: App, actor: OperatorActor, key: string): Promise<View> {
  return app.db.read(actor, async (tx) => {
    const cycle = await findCycle(tx, actor.operator, key)
    return cycle ? showStored(app, tx, actor, cycle) : showEmpty(app, tx, actor, key)
  })
}

/** A release of the rule for which nothing was written down yet. */
async function showEmpty(app: App, tx: Tx, actor: OperatorActor, key: string): Promise<View> {
  const planned = upcomingReleases(app.clock.now(), await ruleHistory(tx, actor.operator)).find((release) => releaseKey(release) === new Date(key).toJSON())
  if (!planned) throw new Problem('NOT_FOUND')
  const { instant, zone, windows } = planned
  return { release: showPlanned(await operatorOf(tx, actor), planned), instants: [{ instant, zone, windows, since: null }], packages: [], moves: [] }
}

async function showStored(app: App, tx: Tx, actor: OperatorActor, cycle: ReleaseId): Promise<View> {
  const rows = await listCycle(tx, actor.operator, cycle)
  const root = rows.find(({ id }) => id === cycle)!
  const first = root.moved_from ? (await findReleases(tx, actor.operator, [root.moved_from])).get(root.moved_from)! : root
  const chain = wayOf(rows, root)
  const versions = await listCycleVersions(tx, actor.operator, cycle)
  return {
    release: await showCycleRelease(app, tx, actor, { root, head: chain.at(-1)!, first }),
    instants: [...(first === root ? [] : [first]), ...chain].map((row) => ({ ...instantsOf(row), since: row.kind === 'moved' ? row.confirmed_at : null })),
    packages: versions.flatMap((row) => showVersion(app, actor, row)),
    moves: await showMoves(app, tx, actor, await listMoves(tx, actor.operator, cycle)),
  }
}

/** What the release was, in order: each of its moves as a whole began at the one before. */
function wayOf(rows: readonly StoredRelease[], root: StoredRelease): StoredRelease[] {
  const way = [root]
  for (let next = moveOf(rows, root); next; next = moveOf(rows, next)) way.push(next)
  return way
}

function moveOf(rows: readonly StoredRelease[], { id }: StoredRelease): StoredRelease | undefined {
  return rows.find((row) => row.moved_from === id && row.moves_all)
}

function instantsOf(row: StoredRelease) {
  const { instant, zone, windows } = toRelease(row)
  return { instant, zone, windows }
}

function showVersion(app: App, actor: OperatorActor, row: CycleVersion): View['packages'] {
  const known = knownToStaff(app, actor, row, app.clock.now())
  const release = releaseOf(row)
  if (!known || !release) return []
  const { instant, zone, windows } = release
  const title = known.mayRead('bulletin') ? known.summary.title : null
  const { here, receipts, state } = row
  return [{ id: row.package_id, version: row.version, state, title, release: { instant, zone, windows }, here, receipts }]
}
