import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { ChangeRemote, RemoteView } from '#exchange/remotes/contract.ts'
import { closeWaitingLogin } from '#exchange/remotes/replace-login.ts'
import { cancelRun, startRun } from '#exchange/remotes/run.ts'
import { showOne } from '#exchange/remotes/show-remotes.ts'
import { holdRemotes, listRemotes, lockRemote, remoteRow, updateRemote, type Remote, type RemoteId } from '#exchange/remotes/store.ts'
import { START } from '#exchange/remotes/walk.ts'

type View = z.input<typeof RemoteView>

/** A run asked for by hand comes no sooner than this after the last attempt. */
const BY_HAND_EVERY_MS = 10_000

/** Changes the rules of a remote; other filters begin a new walk, for what they let in may lie behind. Throws NOT_FOUND and VALIDATION_FAILED. */
export function changeRemote(app: App, actor: OperatorActor, id: RemoteId, wish: z.output<typeof ChangeRemote>): Promise<View> {
  return change(app, actor, id, 'remote.changed', async (tx, remote) => {
    if (remote.direction !== wish.direction) throw refused('/body/direction', `this is a ${remote.direction}`)
    await holdRemotes(tx, actor.operator)
    const others = await listRemotes(tx, actor.operator)
    if (others.some((other) => other.id !== id && other.name === wish.name)) throw refused('/body/name', 'a name that no other remote server has')
    const common = { name: wish.name, interval_minutes: wish.intervalMinutes, ...dueBy(app, remote, wish.intervalMinutes) }
    if (wish.direction === 'push') {
      await updateRemote(tx, id, common)
      return undefined
    }
    const refiltered = JSON.stringify(wish.filters.types) !== JSON.stringify(remote.filters.types)
    if (refiltered) await cancelRun(app, tx, remote)
    await updateRemote(tx, id, {
      ...common,
      filters: JSON.stringify(wish.filters),
      unmarked: wish.unmarked,
      audience: wish.audience,
      ...(refiltered && { walk: JSON.stringify({ ...START, inclusive: remote.walk.inclusive, whole: remote.walk.whole }) }),
    })
    // From here on what comes without a label counts as this; what is there stays.
    return { unmarked: wish.unmarked, audience: wish.audience }
  })
}

/** A shorter interval counts from now on. */
function dueBy(app: App, { state, next_at: next }: Remote, minutes: number): { next_at?: Date } {
  const soon = new Date(app.clock.now().getTime() + minutes * 60_000)
  return state === 'active' && next && next > soon ? { next_at: soon } : {}
}

/** Stops a remote until it is resumed; a run that is under way is cancelled. Throws NOT_FOUND and CONFLICT. */
export function pauseRemote(app: App, actor: OperatorActor, id: RemoteId): Promise<View> {
  return change(app, actor, id, 'remote.paused', async (tx, remote) => {
    if (remote.state !== 'active') throw new Problem('CONFLICT', 'Only what is active can be paused.')
    await cancelRun(app, tx, remote)
    await updateRemote(tx, id, { state: 'paused', next_at: null })
  })
}

/** Goes on with a paused remote where it was. Throws NOT_FOUND and CONFLICT. */
export function resumeRemote(app: App, actor: OperatorActor, id: RemoteId): Promise<View> {
  return change(app, actor, id, 'remote.resumed', async (tx, remote) => {
    if (remote.state !== 'paused') throw new Problem('CONFLICT', 'Only what is paused can be resumed.')
    await updateRemote(tx, id, { state: 'active', failures: 0 })
    await startRun(app, tx, remote, actor.person)
  })
}

/** Begins a run now, whatever the interval or a failure before says. Throws NOT_FOUND, CONFLICT, and RATE_LIMITED right after another. */
export function runNow(app: App, actor: OperatorActor, id: RemoteId): Promise<View> {
  return change(app, actor, id, 'remote.run-asked', async (tx, remote) => {
    if (remote.state !== 'active') throw new Problem('CONFLICT', 'Only what is active can be run.')
    if (remote.run_id) throw new Problem('CONFLICT', 'A run is under way already.')
    const last = await lastEnded(tx, id)
    if (last && app.clock.now().getTime() - last.getTime() < BY_HAND_EVERY_MS)
      throw new Problem('RATE_LIMITED', 'A run has ended just now; see what came of it.')
    await startRun(app, tx, remote, actor.person)
  })
}

async function lastEnded(tx: Tx, id: RemoteId): Promise<Date | undefined> {
  const row = await tx.db.selectFrom('remote_run').select('ended_at').where('remote_id', '=', id).orderBy('id', 'desc').limit(1).executeTakeFirst()
  return row?.ended_at ?? undefined
}

/** Cancels the run that is under way; what it brought stays, and the next goes on from there. Throws NOT_FOUND and CONFLICT. */
export function cancelNow(app: App, actor: OperatorActor, id: RemoteId): Promise<View> {
  return change(app, actor, id, undefined, async (tx, remote) => {
    if (!remote.run_id) throw new Problem('CONFLICT', 'No run is under way.')
    await cancelRun(app, tx, remote)
  })
}

/** Ends a remote, or withdraws a proposal: nothing is asked of the server any more, and the credentials are gone. Throws NOT_FOUND. */
export async function endRemote(app: App, actor: OperatorActor, id: RemoteId): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const remote = await lockRemote(tx, id, actor.operator)
    if (!remote) throw new Problem('NOT_FOUND')
    await cancelRun(app, tx, remote)
    await closeWaitingLogin(app, tx, actor, id)
    await updateRemote(tx, id, { state: 'ended', ended_at: app.clock.now(), next_at: null, sealed_login: null })
    app.audit.record(tx, { action: 'remote.ended', subject: id, binds: [remoteRow({ id })] })
  })
}

type Details = Readonly<Record<string, string>>

/** One act on a remote of the actor's operator. Without a word for it, the act records itself. */
async function change(
  app: App,
  actor: OperatorActor,
  id: RemoteId,
  action: string | undefined,
  act: (tx: Tx, remote: Remote) => Promise<void | Details>,
): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const remote = await lockRemote(tx, id, actor.operator)
    if (!remote) throw new Problem('NOT_FOUND')
    const details = await act(tx, remote)
    if (action !== undefined) app.audit.record(tx, { action, subject: id, ...(details && { details }), binds: [remoteRow({ id })] })
    return showOne(tx, actor, id)
  })
}

function refused(field: string, message: string): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field, message }] })
}
