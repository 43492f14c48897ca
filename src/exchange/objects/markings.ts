import { sql, type Transaction } from 'kysely'
import type { App } from '#platform/app.ts'
import { pgArray } from '#platform/db/pg-array.ts'
import type { DB } from '#platform/db/types.ts'
import type { OrganisationId } from '#platform/ids.ts'
import type { StixObject } from '#exchange/stix/check.ts'
import { isStatement, isTlpMarking, markingsOf } from '#exchange/stix/tlp.ts'
import type { Incoming } from '#exchange/objects/arrival.ts'
import { readOwnObjects } from '#exchange/objects/read-own.ts'
import { uuidOf } from '#exchange/objects/version-store.ts'
import type { Place } from '#exchange/objects/version.ts'

/** What the markings that objects name mean beside their labels. */
export interface Markings {
  /** Whether it can be honoured without being a label: a statement, which restricts nothing, or a sharing group. */
  readonly isKnown: (ref: string) => boolean
  /** Sharing groups that an object is for, each once. */
  readonly groupsOf: (object: StixObject) => readonly string[]
}

const NOTHING: Markings = { isKnown: () => false, groupsOf: () => [] }

/** Ids of the statements among the objects: markings that restrict nothing, such as a copyright. */
export function statementsOf(objects: readonly StixObject[]): string[] {
  return objects.flatMap((object) => (isStatement(object) ? [object.id] : []))
}

/** Tells which ids are those of statements. */
export type Statements = Pick<ReadonlySet<string>, 'has'>

/** Where objects are put, and from which remote server (the address of its API root) they came, if from one. */
type From = Place & { readonly server?: string }

/**
 * Statements that came along (`statements`) or that the contributor itself has there, and sharing groups of the operator that are not closed. What
 * one remote server brought counts for what comes from that server alone: no other says what restricts nothing.
 */
export async function readMarkings(app: App, db: Transaction<DB>, place: From, incoming: readonly Incoming[], statements: Statements): Promise<Markings> {
  const named = new Set<string>()
  for (const { object } of incoming) for (const ref of markingsOf(object)) if (!isTlpMarking(ref)) named.add(ref)
  if (named.size === 0) return NOTHING
  const unknown = [...named].filter((ref) => !statements.has(ref))
  const own = await readOwnObjects(app, db, place, unknown)
  const found = new Set(statementsOf([...own.values()].map(({ object }) => object)))
  for (const id of await listBroughtByOthers(db, place, [...found])) found.delete(id)
  // A group's marking stays the group's, whatever comes along and calls itself a statement under its id.
  const groups = await listGroups(db, place, [...named])
  return {
    isKnown: (ref) => (groups.has(ref) ? groups.get(ref) !== null : statements.has(ref) || found.has(ref)),
    groupsOf: (object) => [...new Set(markingsOf(object).flatMap((ref) => groups.get(ref) ?? []))],
  }
}

/** Those of the operator's objects that a remote server brought, but for this one. */
async function listBroughtByOthers(db: Transaction<DB>, { collection, operator, contributor, server }: From, ids: readonly string[]): Promise<string[]> {
  if (contributor !== null || ids.length === 0) return []
  const { rows } = await sql<{ id: string }>`select distinct o.object_id as id from remote_origin o join remote r on r.id = o.remote_id
    where o.object_id = any(${pgArray(ids)}::text[]) and o.brought and r.operator_id = ${operator} and r.collection_id = ${collection}
      and r.api_root is distinct from ${server ?? null}::text`.execute(db)
  return rows.map(({ id }) => id)
}

/** The groups that these markings are for, by marking; null for one that is closed. */
async function listGroups(db: Transaction<DB>, { operator }: Pick<Place, 'operator'>, markings: readonly string[]): Promise<Map<string, string | null>> {
  const { rows } = await sql<{ id: string; closed: boolean }>`select id, closed_at is not null as closed from sharing_group
    where operator_id = ${operator} and id = any(${pgArray(markings.map(uuidOf))}::uuid[])`.execute(db)
  return new Map(rows.map(({ id, closed }) => [`marking-definition--${id}`, closed ? null : id]))
}

/** Groups that the organisation belongs to. */
export async function listGroupsOf(db: Transaction<DB>, organisation: OrganisationId): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select group_id as id from sharing_group_member where organisation_id = ${organisation}`.execute(db)
  return rows.map(({ id }) => id)
}

/** Those of the organisations that belong to the group. */
export async function listMembersAmong(db: Transaction<DB>, group: string, organisations: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select organisation_id as id from sharing_group_member
    where group_id = ${group}::uuid and organisation_id = any(${pgArray(organisations)}::uuid[])`.execute(db)
  return rows.map(({ id }) => id)
}
