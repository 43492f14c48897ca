import { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor, PersonActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { route, type Route } from '#platform/http/route.ts'
import { addRemote, confirmRemote } from '#exchange/remotes/add-remote.ts'
import { cancelNow, changeRemote, endRemote, pauseRemote, resumeRemote, runNow } from '#exchange/remotes/change-remote.ts'
import {
  AddRemote,
  ChangeRemote,
  Discover,
  LoginChangeParams,
  Offered,
  RefusalList,
  RemoteList,
  RemoteParams,
  RemoteView,
  ReplaceLogin,
  RunList,
} from '#exchange/remotes/contract.ts'
import { discoverServer } from '#exchange/remotes/discover-server.ts'
import { approveLogin, closeLogin, replaceLogin } from '#exchange/remotes/replace-login.ts'
import { readRefusals, readRemote, readRemotes, readRuns } from '#exchange/remotes/show-remotes.ts'
import { may } from '#exchange/policy.ts'

const tag = 'remotes'
const params = RemoteParams

/** Remote TAXII servers of an operator. No answer of these routes holds credentials. */
export function routes(app: App): Route[] {
  return [...reading(app), ...setting(app), ...deciding(app), ...running(app)]
}

/** The policy lets the operator's people only come this far. */
function staff(actor: PersonActor): OperatorActor {
  if (actor.kind !== 'operator') throw new Problem('FORBIDDEN')
  return actor
}

function reading(app: App): Route[] {
  const common = { method: 'GET', tag, access: may.listRemotes } as const
  return [
    route({
      ...common,
      url: '/api/remotes',
      summary: 'Lists the remote TAXII servers of your operator, with the collections that one can be joined to.',
      response: RemoteList,
      handle: ({ actor }) => readRemotes(app, staff(actor)),
    }),
    route({
      ...common,
      url: '/api/remotes/:id',
      summary: 'One remote TAXII server, with the run that is under way.',
      params,
      response: RemoteView,
      handle: ({ actor, params: { id } }) => readRemote(app, staff(actor), id),
    }),
    route({
      ...common,
      url: '/api/remotes/:id/runs',
      summary: 'Its newest runs with what they brought, the newest first.',
      params,
      response: RunList,
      handle: ({ actor, params: { id } }) => readRuns(app, staff(actor), id),
    }),
    route({
      ...common,
      url: '/api/remotes/:id/refusals',
      summary: 'Objects that were not taken lately, each with the reason.',
      params,
      response: RefusalList,
      handle: ({ actor, params: { id } }) => readRefusals(app, staff(actor), id),
    }),
  ]
}

function setting(app: App): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/remotes/discovery',
      summary: 'Asks a TAXII server which API roots and collections it offers to these credentials; nothing is kept.',
      tag,
      access: may.setUpRemotes,
      body: Discover,
      response: Offered,
      handle: ({ actor, body }) => discoverServer(app, staff(actor), body),
    }),
    route({
      method: 'POST',
      url: '/api/remotes',
      summary: 'Joins a collection of a remote server to one of yours; pushing waits until another person confirms it.',
      tag,
      access: may.setUpRemotes,
      body: AddRemote,
      status: 201,
      response: RemoteView,
      handle: ({ actor, body }) => addRemote(app, staff(actor), body),
    }),
    route({
      method: 'PUT',
      url: '/api/remotes/:id',
      summary: 'Changes name, interval and, of what is polled, the filters and markings.',
      tag,
      access: may.setUpRemotes,
      params,
      body: ChangeRemote,
      response: RemoteView,
      handle: ({ actor, params: { id }, body }) => changeRemote(app, staff(actor), id, body),
    }),
    route({
      method: 'POST',
      url: '/api/remotes/:id/login',
      summary: 'Replaces the credentials; those of a push wait until another person approves them.',
      tag,
      access: may.setUpRemotes,
      params,
      body: ReplaceLogin,
      response: RemoteView,
      handle: ({ actor, params: { id }, body }) => replaceLogin(app, staff(actor), id, body),
    }),
  ]
}

function deciding(app: App): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/remotes/:id/login-changes/:change/approval',
      summary: 'Approves the credentials of a push that another person proposed.',
      tag,
      access: may.confirmPushes,
      params: LoginChangeParams,
      response: RemoteView,
      handle: ({ actor, params: { id, change } }) => approveLogin(app, staff(actor), id, change),
    }),
    route({
      method: 'DELETE',
      url: '/api/remotes/:id/login-changes/:change',
      summary: 'Withdraws credentials that wait for approval, or turns them down.',
      tag,
      access: may.endRemotes,
      params: LoginChangeParams,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, params: { id, change } }) => {
        await closeLogin(app, staff(actor), id, change)
        return undefined
      },
    }),
    route({
      method: 'POST',
      url: '/api/remotes/:id/confirmation',
      summary: 'Confirms a push that another person proposed.',
      tag,
      access: may.confirmPushes,
      params,
      response: RemoteView,
      handle: ({ actor, params: { id } }) => confirmRemote(app, staff(actor), id),
    }),
    route({
      method: 'DELETE',
      url: '/api/remotes/:id',
      summary: 'Ends a remote server, or withdraws a proposal: its credentials are gone.',
      tag,
      access: may.endRemotes,
      params,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, params: { id } }) => {
        await endRemote(app, staff(actor), id)
        return undefined
      },
    }),
  ]
}

function running(app: App): Route[] {
  const common = { method: 'POST', tag, access: may.runRemotes, params, response: RemoteView } as const
  return [
    route({
      ...common,
      url: '/api/remotes/:id/runs',
      summary: 'Begins a run now.',
      status: 202,
      handle: ({ actor, params: { id } }) => runNow(app, staff(actor), id),
    }),
    route({
      ...common,
      url: '/api/remotes/:id/cancellation',
      summary: 'Cancels the run that is under way; what it brought stays.',
      handle: ({ actor, params: { id } }) => cancelNow(app, staff(actor), id),
    }),
    route({
      ...common,
      url: '/api/remotes/:id/pause',
      summary: 'Stops a remote server until it is resumed.',
      handle: ({ actor, params: { id } }) => pauseRemote(app, staff(actor), id),
    }),
    route({
      ...common,
      url: '/api/remotes/:id/resumption',
      summary: 'Goes on with a remote server that was paused.',
      handle: ({ actor, params: { id } }) => resumeRemote(app, staff(actor), id),
    }),
  ]
}
