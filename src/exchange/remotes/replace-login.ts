import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { holdBoth, holdsRole } from '#platform/auth/holds-role.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { PersonId } from '#platform/ids.ts'
import { notify } from '#platform/notices/notify.ts'
import type { RemoteView, ReplaceLogin } from '#exchange/remotes/contract.ts'
import { keepersOf } from '#exchange/remotes/keepers.ts'
import { sealLogin } from '#exchange/remotes/login.ts'
import { findWaitingLogin, insertLoginChange, loginChangeRow, updateLoginChange, type LoginChange, type LoginChangeId } from '#exchange/remotes/login-store.ts'
import { cancelRun, startRun } from '#exchange/remotes/run.ts'
import { showOne } from '#exchange/remotes/show-remotes.ts'
import { lockRemote, remoteRow, updateRemote, type Remote, type RemoteId } from '#exchange/remotes/store.ts'

type View = z.input<typeof RemoteView>
type Wish = z.output<typeof ReplaceLogin>

/**
 * Puts other credentials in the place of those that are there; the next run comes at once. Where they are a push's they decide to whom things
 * go, so they wait for a second person as the push itself did. Throws NOT_FOUND, and CONFLICT for a push that is not confirmed yet.
 */
export function replaceLogin(app: App, actor: OperatorActor, id: RemoteId, wish: Wish): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const remote = await require(tx, actor, id)
    if (remote.direction === 'push') await propose(app, tx, actor, remote, wish)
    else {
      const sealed = sealLogin(app.keys, id, wish.login)
      await put(app, tx, remote, { login: wish.login.scheme, sealed_login: sealed, ca: wish.ca, by: actor.person, asked: actor.person })
      app.audit.record(tx, { action: 'remote.login-replaced', subject: id, binds: [remoteRow({ id })] })
    }
    return showOne(tx, actor, id)
  })
}

/** Another person agrees to the credentials that were proposed. Throws NOT_FOUND, SECOND_PERSON_NEEDED, FORBIDDEN, and CONFLICT for what does not wait any more. */
export function approveLogin(app: App, actor: OperatorActor, id: RemoteId, change: LoginChangeId): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const remote = await require(tx, actor, id)
    const waiting = await requireWaiting(tx, id, change)
    if (waiting.proposed_by === actor.person) throw new Problem('SECOND_PERSON_NEEDED')
    await holdBoth(tx, waiting.proposed_by, actor.person)
    const mayStill = (await holdsRole(tx, actor.person, 'analyst')) || (await holdsRole(tx, actor.person, 'publisher'))
    if (!mayStill) throw new Problem('FORBIDDEN', 'You are no analyst or publisher any more.')
    if (!(await holdsRole(tx, waiting.proposed_by, 'analyst'))) throw new Problem('CONFLICT', 'Who proposed this is no analyst any more; propose it anew.')
    const at = app.clock.now()
    await updateLoginChange(tx, change, { sealed_login: null, approved_by: actor.person, done_at: at })
    await put(app, tx, remote, { ...waiting, by: waiting.proposed_by, asked: actor.person })
    app.audit.record(tx, { action: 'remote.login-replaced', subject: id, binds: [remoteRow({ id }), loginChangeRow({ id: change })] })
    return showOne(tx, actor, id)
  })
}

/** Withdraws credentials that wait, or turns them down. Throws NOT_FOUND, and CONFLICT for what does not wait any more. */
export async function closeLogin(app: App, actor: OperatorActor, id: RemoteId, change: LoginChangeId): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    await require(tx, actor, id)
    await close(app, tx, actor, await requireWaiting(tx, id, change))
  })
}

/** The same of whatever waits for a remote that is locked. */
export async function closeWaitingLogin(app: App, tx: Tx, actor: OperatorActor, id: RemoteId): Promise<void> {
  const waiting = await findWaitingLogin(tx, id)
  if (waiting) await close(app, tx, actor, waiting)
}

async function close(app: App, tx: Tx, actor: OperatorActor, { id, remote_id: remote }: LoginChange): Promise<void> {
  await updateLoginChange(tx, id, { sealed_login: null, closed_by: actor.person, closed_at: app.clock.now() })
  app.audit.record(tx, { action: 'remote.login-closed', subject: remote, binds: [loginChangeRow({ id })] })
}

async function propose(app: App, tx: Tx, actor: OperatorActor, { id, name, state }: Remote, { login, ca }: Wish): Promise<void> {
  if (state === 'proposed') throw new Problem('CONFLICT', 'This push is not confirmed yet; withdraw it, and propose it anew with other credentials.')
  await closeWaitingLogin(app, tx, actor, id)
  const change = app.ids.next<'remote-login-change'>()
  await insertLoginChange(tx, {
    id: change,
    remote_id: id,
    operator_id: actor.operator,
    login: login.scheme,
    sealed_login: sealLogin(app.keys, id, login),
    ca,
    proposed_by: actor.person,
    proposed_at: app.clock.now(),
  })
  app.audit.record(tx, { action: 'remote.login-proposed', subject: id, binds: [loginChangeRow({ id: change })] })
  const others = (await keepersOf(tx, actor.operator, ['analyst', 'publisher'])).filter((person) => person !== actor.person)
  await notify(app, tx, others, 'remote.login-proposed', { remote: id, name })
}

interface Credentials {
  readonly login: Remote['login']
  readonly sealed_login: Buffer | null
  readonly ca: string | null
  /** Who chose them. */
  readonly by: PersonId
  /** Who has the next run begin. */
  readonly asked: PersonId
}

async function put(app: App, tx: Tx, remote: Remote, { login, sealed_login, ca, by, asked }: Credentials): Promise<void> {
  await cancelRun(app, tx, remote)
  await updateRemote(tx, remote.id, { login, sealed_login, login_set_at: app.clock.now(), login_set_by: by, ca, failures: 0 })
  if (remote.state === 'active') await startRun(app, tx, remote, asked)
}

async function require(tx: Tx, { operator }: OperatorActor, id: RemoteId): Promise<Remote> {
  const remote = await lockRemote(tx, id, operator)
  if (!remote) throw new Problem('NOT_FOUND')
  return remote
}

/** The remote is locked, so what waits for it stays as it is. */
async function requireWaiting(tx: Tx, id: RemoteId, change: LoginChangeId): Promise<LoginChange> {
  const waiting = await findWaitingLogin(tx, id)
  if (waiting?.id !== change) throw new Problem('CONFLICT', 'These credentials do not wait any more.')
  return waiting
}
