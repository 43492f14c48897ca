import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { listCollections } from '#exchange/collections/store.ts'
import type { RefusalList, RemoteList, RemoteView, RunList, RunView } from '#exchange/remotes/contract.ts'
import { FAILURES } from '#exchange/remotes/failure.ts'
import { findWaitingLogin, listWaitingLogins, type LoginChange } from '#exchange/remotes/login-store.ts'
import {
  findRemote,
  listOpenRuns,
  listRefusals,
  listRemotes,
  listRuns,
  MOST_REFUSALS,
  type NamedRemote,
  type RemoteId,
  type Run,
} from '#exchange/remotes/store.ts'
import type { Remark } from '#exchange/remotes/walk.ts'

const SHOWN_RUNS = 200

const REMARKS: Readonly<Record<Remark, string>> = {
  inclusive: 'It gives again what was added at the very instant after which it was asked',
  'without-positions': 'It does not say when objects were added: each poll goes over everything again',
  'no-progress': 'It said that there was more and gave the same again; the poll ended there',
  'one-instant': 'More objects were added at one instant than it gives in a page: some of them may be missing here',
  'no-way-on': 'It said that there was more and gave no way to ask for it: what follows may be missing here',
  'status-lost': 'It did not say in the end what became of everything that was pushed to it',
}

/** The remotes of the actor's operator, and the collections that one can be joined to. */
export function readRemotes(app: App, actor: OperatorActor): Promise<z.input<typeof RemoteList>> {
  return app.db.read(actor, async (tx) => {
    const runs = await listOpenRuns(tx, actor.operator)
    const changes = await listWaitingLogins(tx, actor.operator)
    const items = (await listRemotes(tx, actor.operator)).map((remote) => show(remote, runs.get(remote.run_id ?? ''), changes.get(remote.id)))
    const collections = (await listCollections(tx, actor.operator, undefined)).flatMap(({ id, title, aggregates }) =>
      aggregates === null ? [{ id, title }] : [],
    )
    return { items, collections }
  })
}

/** One remote. Throws NOT_FOUND. */
export function readRemote(app: App, actor: OperatorActor, id: RemoteId): Promise<z.input<typeof RemoteView>> {
  return app.db.read(actor, (tx) => showOne(tx, actor, id))
}

/** Its newest runs. Throws NOT_FOUND. */
export function readRuns(app: App, actor: OperatorActor, id: RemoteId): Promise<z.input<typeof RunList>> {
  return app.db.read(actor, async (tx) => {
    await require(tx, actor, id)
    return { items: (await listRuns(tx, id, SHOWN_RUNS)).map(showRun) }
  })
}

/** What was not taken lately, and why. Throws NOT_FOUND. */
export function readRefusals(app: App, actor: OperatorActor, id: RemoteId): Promise<z.input<typeof RefusalList>> {
  return app.db.read(actor, async (tx) => {
    await require(tx, actor, id)
    const refusals = await listRefusals(tx, id, MOST_REFUSALS)
    return { items: refusals.map(({ id: key, run_id: run, object_id: objectId, version, reason, at }) => ({ id: key, run, objectId, version, reason, at })) }
  })
}

export async function showOne(tx: Tx, actor: OperatorActor, id: RemoteId): Promise<z.input<typeof RemoteView>> {
  const remote = await require(tx, actor, id)
  const runs = remote.run_id === null ? undefined : await listOpenRuns(tx, actor.operator)
  return show(remote, runs?.get(remote.run_id ?? ''), await findWaitingLogin(tx, id))
}

async function require(tx: Tx, { operator }: OperatorActor, id: RemoteId): Promise<NamedRemote> {
  const remote = await findRemote(tx, operator, id)
  if (!remote) throw new Problem('NOT_FOUND')
  return remote
}

function show(remote: NamedRemote, run: Run | undefined, change: LoginChange | undefined): z.input<typeof RemoteView> {
  return {
    id: remote.id,
    name: remote.name,
    direction: remote.direction,
    apiRoot: remote.api_root,
    remoteCollection: { id: remote.remote_collection, title: remote.remote_title },
    login: { scheme: remote.login, setAt: remote.login_set_at, setBy: { id: remote.login_set_by, name: remote.setter_name } },
    ownAuthority: remote.ca !== null,
    loginChange: change ? showLoginChange(change) : null,
    collection: { id: remote.collection_id, title: remote.collection_title },
    intervalMinutes: remote.interval_minutes,
    filters: remote.filters,
    unmarked: remote.unmarked,
    audience: remote.audience,
    state: remote.state,
    created: { by: { id: remote.created_by, name: remote.creator_name }, at: remote.created_at },
    confirmed: remote.confirmed_by && remote.confirmed_at ? { by: { id: remote.confirmed_by, name: remote.confirmer_name! }, at: remote.confirmed_at } : null,
    failingSince: remote.failing_since,
    failure: remote.failure && FAILURES[remote.failure],
    remarks: remote.remarks.map((remark) => REMARKS[remark]),
    lastSuccessAt: remote.last_success_at,
    nextAt: remote.next_at,
    run: run ? showRun(run) : null,
    added: remote.added,
    refused: remote.refused,
  }
}

function showLoginChange({ id, login, ca, proposed_by: by, proposer_name: name, proposed_at: at }: LoginChange) {
  return { id, scheme: login, ownAuthority: ca !== null, proposed: { by: { id: by, name }, at } }
}

function showRun(run: Run): z.input<typeof RunView> {
  return {
    id: run.id,
    state: run.state,
    unfinished: run.unfinished,
    askedBy: run.asked_by === null ? null : { id: run.asked_by, name: run.asker_name! },
    createdAt: run.created_at,
    begunAt: run.begun_at,
    movedAt: run.moved_at,
    endedAt: run.ended_at,
    pages: run.pages,
    received: run.received,
    added: run.added,
    known: run.known,
    refused: run.refused,
    bytes: run.bytes,
    from: run.from_position,
    to: run.to_position,
    failure: run.failure && FAILURES[run.failure],
    status: run.status,
  }
}
