import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import { LIST_SCHEMA, SCIM_LIMITS, type ScimList, type ScimUserView } from '#platform/auth/scim/contract.ts'
import { readFilter } from '#platform/auth/scim/filter.ts'
import { ScimProblem } from '#platform/auth/scim/refusal.ts'
import { listDirectory } from '#platform/auth/scim/store.ts'
import { showUser } from '#platform/auth/scim/user.ts'
import { Problem } from '#platform/errors.ts'
import type { PersonId } from '#platform/ids.ts'

type Query = Readonly<Record<string, string>>

/** A page of the actor's own organisation's contacts, by filter (RFC 7644, section 3.4.2). Throws ScimProblem. */
export async function listUsers(app: App, actor: ContactActor, query: Query): Promise<z.input<typeof ScimList>> {
  const matches = query['filter'] === undefined ? (users: readonly ScimUserView[]) => [...users] : readFilter(query['filter'])
  // Section 3.4.2.4: less than one is one, less than none is none.
  const startIndex = Math.max(1, whole(query['startIndex'], 1))
  const count = Math.min(SCIM_LIMITS.page, Math.max(0, whole(query['count'], 100)))
  const users = (await app.db.read(actor, (tx) => listDirectory(tx, actor.organisation))).map((user) => showUser(user, app.config.url.origin))
  const found = matches(users)
  const page = found.slice(startIndex - 1, startIndex - 1 + count)
  return { schemas: [LIST_SCHEMA], totalResults: found.length, startIndex, itemsPerPage: page.length, Resources: page.map((user) => chosen(user, query)) }
}

/** One contact of the actor's own organisation. Throws NOT_FOUND. */
export async function findUser(app: App, actor: ContactActor, id: PersonId, query: Query): Promise<ScimUserView> {
  const [user] = await app.db.read(actor, (tx) => listDirectory(tx, actor.organisation, id))
  if (!user) throw new Problem('NOT_FOUND')
  return chosen(showUser(user, app.config.url.origin), query)
}

/** The attributes that were asked for, or all but those that were not (section 3.9); `id` and `schemas` always. */
function chosen(user: ScimUserView, { attributes, excludedAttributes }: Query): ScimUserView {
  const named = (list: string | undefined) => list?.split(',').map((name) => name.trim().split(':').at(-1)!.split('.')[0]!.toLowerCase())
  const wanted = named(attributes)
  const unwanted = named(excludedAttributes) ?? []
  const keeps = (key: string) => key === 'id' || key === 'schemas' || (wanted ? wanted.includes(key.toLowerCase()) : !unwanted.includes(key.toLowerCase()))
  return Object.fromEntries(Object.entries(user).filter(([key]) => keeps(key))) as ScimUserView
}

function whole(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  if (!/^-?\d{1,9}$/.test(text)) throw new ScimProblem('VALIDATION_FAILED', 'invalidValue', 'startIndex and count are whole numbers.')
  return Number(text)
}
