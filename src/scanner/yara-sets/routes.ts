import { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { openCursor, sealCursor } from '#platform/http/cursor.ts'
import { route, type Route } from '#platform/http/route.ts'
import { openRuleRuns } from '#scanner/jail/rule-runs.ts'
import { may } from '#scanner/policy.ts'
import { openSetChecker } from '#scanner/yara-sets/check-set.ts'
import {
  AddYaraSet,
  MOST_BODY_BYTES,
  ReplaceYaraSet,
  YaraSetDetails,
  YaraSetPage,
  YaraSetParams,
  YaraSetQuery,
  YaraSetState,
  YaraSetText,
  YaraVersionParams,
} from '#scanner/yara-sets/contract.ts'
import { addSet, deleteSet, replaceSet, setState } from '#scanner/yara-sets/keep-set.ts'
import { showSet, showSets, showText } from '#scanner/yara-sets/show-sets.ts'
import type { YaraSetId } from '#scanner/yara-sets/yara-set.ts'

const LIST = 'yara-sets'
const Position = z.tuple([YaraSetParams.shape.id])
/** Sets that are compiled at the same time, each in a process of its own. */
const CHECKS_AT_ONCE = 2

/** YARA rules of the operator and of members, matched against what is handed in. */
export function routes(app: App): Route[] {
  const tag = 'yara-sets'
  const checker = openSetChecker(openRuleRuns({ processes: CHECKS_AT_ONCE }))
  const show = (actor: PersonActor, id: YaraSetId) => app.db.read(actor, (tx) => showSet(app, tx, actor, id))
  return [
    route({
      method: 'GET',
      url: '/api/yara-sets',
      summary: 'Lists the YARA sets that you may know: your own, and what others marked for members, newest first.',
      tag,
      access: may.listYaraSets,
      query: YaraSetQuery,
      response: YaraSetPage,
      handle: ({ actor, query }) =>
        app.db.read(actor, async (tx) => {
          const before = query.cursor === undefined ? undefined : Position.parse(openCursor(app, LIST, query.cursor))[0]
          const { items, last } = await showSets(app, tx, actor, query.limit, before)
          return { items, next: last === undefined ? null : sealCursor(app, LIST, [last]) }
        }),
    }),
    route({
      method: 'POST',
      url: '/api/yara-sets',
      summary: 'Adds a YARA set; one that does not compile is refused with what is wrong, by line and column.',
      tag,
      access: may.keepYaraSets,
      creates: true,
      body: AddYaraSet,
      bodyLimit: MOST_BODY_BYTES,
      status: 201,
      response: YaraSetDetails,
      handle: async ({ actor, body }) => show(actor, await addSet(app, checker, actor, body)),
    }),
    route({
      method: 'GET',
      url: '/api/yara-sets/:id',
      summary: 'One YARA set with its versions.',
      tag,
      access: may.listYaraSets,
      params: YaraSetParams,
      response: YaraSetDetails,
      handle: ({ actor, params: { id } }) => show(actor, id),
    }),
    route({
      method: 'GET',
      url: '/api/yara-sets/:id/versions/:version',
      summary: 'The text of one version of a YARA set.',
      tag,
      access: may.listYaraSets,
      params: YaraVersionParams,
      response: YaraSetText,
      handle: ({ actor, params: { id, version } }) => app.db.read(actor, (tx) => showText(app, tx, actor, id, version)),
    }),
    route({
      method: 'PUT',
      url: '/api/yara-sets/:id',
      summary: 'Replaces name, marking and text of a YARA set of yours.',
      tag,
      access: may.keepYaraSets,
      params: YaraSetParams,
      body: ReplaceYaraSet,
      bodyLimit: MOST_BODY_BYTES,
      response: YaraSetDetails,
      handle: async ({ actor, params: { id }, body }) => {
        await replaceSet(app, checker, actor, id, body)
        return show(actor, id)
      },
    }),
    route({
      method: 'PUT',
      url: '/api/yara-sets/:id/state',
      summary: 'Lets a YARA set of yours be matched from now on, or no longer; an operator may disable the sets of its members.',
      tag,
      access: may.keepYaraSets,
      params: YaraSetParams,
      body: YaraSetState,
      response: YaraSetDetails,
      handle: async ({ actor, params: { id }, body }) => {
        await setState(app, actor, id, body.enabled)
        return show(actor, id)
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/yara-sets/:id',
      summary: 'Deletes a YARA set of yours with the text of every version; what it found stays in reports.',
      tag,
      access: may.keepYaraSets,
      params: YaraSetParams,
      status: 204,
      response: z.undefined(),
      handle: ({ actor, params: { id } }) => deleteSet(app, actor, id).then(() => undefined),
    }),
  ]
}
