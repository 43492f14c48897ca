import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { holdBoth, holdsRole } from '#platform/auth/holds-role.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { notify } from '#platform/notices/notify.ts'
import { listCollections } from '#exchange/collections/store.ts'
import { checkedAddress } from '#exchange/remotes/address.ts'
import type { AddRemote, RemoteView } from '#exchange/remotes/contract.ts'
import { keepersOf } from '#exchange/remotes/keepers.ts'
import { sealLogin } from '#exchange/remotes/login.ts'
import { USUAL } from '#exchange/remotes/remote-client.ts'
import { startRun } from '#exchange/remotes/run.ts'
import { showOne } from '#exchange/remotes/show-remotes.ts'
import { holdRemotes, insertRemote, listRemotes, lockRemote, remoteRow, updateRemote, type RemoteId } from '#exchange/remotes/store.ts'
import { START } from '#exchange/remotes/walk.ts'

/** Remotes of one operator at most. */
const MOST = 50

type View = z.input<typeof RemoteView>

/**
 * Joins a collection of a remote server to one of the operator's. Polling begins at once; pushing widens who sees what is pushed, so
 * it is a proposal until another person confirms it. Throws VALIDATION_FAILED, and CONFLICT when there are as many as can be.
 */
export async function addRemote(app: App, actor: OperatorActor, wish: z.output<typeof AddRemote>): Promise<View> {
  const root = checkedAddress(app, wish.apiRoot, '/body/apiRoot')
  return app.db.transaction(actor, async (tx) => {
    await holdRemotes(tx, actor.operator)
    const others = await listRemotes(tx, actor.operator)
    if (others.length >= MOST) throw new Problem('CONFLICT', `There are ${MOST} remote servers already; end one first.`)
    if (others.some(({ name }) => name === wish.name)) throw refused('/body/name', 'a name that no other remote server has')
    await requireCollection(tx, actor, wish)
    const id = app.ids.next<'remote'>()
    const at = app.clock.now()
    const pushes = wish.direction === 'push'
    await insertRemote(tx, {
      id,
      operator_id: actor.operator,
      name: wish.name,
      direction: wish.direction,
      api_root: root,
      remote_collection: wish.remoteCollection,
      remote_title: wish.remoteTitle,
      login: wish.login.scheme,
      sealed_login: sealLogin(app.keys, id, wish.login),
      login_set_at: at,
      login_set_by: actor.person,
      ca: wish.ca,
      collection_id: wish.collection,
      interval_minutes: wish.intervalMinutes,
      filters: JSON.stringify(wish.filters),
      unmarked: pushes ? 'AMBER' : wish.unmarked,
      audience: wish.audience,
      state: pushes ? 'proposed' : 'active',
      created_by: actor.person,
      created_at: at,
      walk: JSON.stringify(START),
      manners: JSON.stringify(USUAL),
      max_content_length: pushes ? wish.maxContentLength : null,
    })
    const details = pushes ? { audience: wish.audience } : { unmarked: wish.unmarked, audience: wish.audience }
    app.audit.record(tx, { action: pushes ? 'remote.proposed' : 'remote.added', subject: id, details, binds: [remoteRow({ id })] })
    if (pushes) await tellWhoConfirms(app, tx, actor, { remote: id, name: wish.name })
    else await startRun(app, tx, (await lockRemote(tx, id))!, actor.person)
    return showOne(tx, actor, id)
  })
}

/**
 * Another person agrees that what the collection has is passed on; the first push begins at once. Throws NOT_FOUND,
 * SECOND_PERSON_NEEDED for who proposed it, FORBIDDEN for who may not any more, and CONFLICT when it does not wait any more or who proposed it is no analyst any more.
 */
export async function confirmRemote(app: App, actor: OperatorActor, id: RemoteId): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const remote = await lockRemote(tx, id, actor.operator)
    if (!remote) throw new Problem('NOT_FOUND')
    if (remote.state !== 'proposed') throw new Problem('CONFLICT', 'This is confirmed already.')
    if (remote.created_by === actor.person) throw new Problem('SECOND_PERSON_NEEDED')
    await holdBoth(tx, remote.created_by, actor.person)
    const mayStill = (await holdsRole(tx, actor.person, 'analyst')) || (await holdsRole(tx, actor.person, 'publisher'))
    if (!mayStill) throw new Problem('FORBIDDEN', 'You are no analyst or publisher any more.')
    if (!(await holdsRole(tx, remote.created_by, 'analyst'))) throw new Problem('CONFLICT', 'Who proposed this is no analyst any more; propose it anew.')
    const at = app.clock.now()
    await updateRemote(tx, id, { state: 'active', confirmed_by: actor.person, confirmed_at: at })
    await startRun(app, tx, remote, actor.person)
    app.audit.record(tx, { action: 'remote.confirmed', subject: id, binds: [remoteRow({ id })] })
    return showOne(tx, actor, id)
  })
}

async function tellWhoConfirms(app: App, tx: Tx, actor: OperatorActor, about: { remote: RemoteId; name: string }): Promise<void> {
  const people = await keepersOf(tx, actor.operator, ['analyst', 'publisher'])
  await notify(
    app,
    tx,
    people.filter((person) => person !== actor.person),
    'remote.push-proposed',
    about,
  )
}

/** Nothing is stored in a union of others; and what the program itself publishes is not mixed with what comes from elsewhere. */
async function requireCollection(tx: Tx, { operator }: OperatorActor, { collection, direction }: z.output<typeof AddRemote>): Promise<void> {
  const found = (await listCollections(tx, operator, undefined)).find(({ id }) => id === collection)
  if (!found || found.aggregates !== null) throw refused('/body/collection', 'a collection of yours that is no union of others')
  if (direction === 'poll' && found.purpose !== null) throw refused('/body/collection', 'a collection that the program itself does not publish into')
}

function refused(field: string, message: string): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field, message }] })
}
