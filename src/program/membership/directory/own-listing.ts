import { sql } from 'kysely'
import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId } from '#platform/ids.ts'
import { activeAt } from '#program/membership/directory/active.ts'
import type { ListingView, OwnListing } from '#program/membership/directory/contract.ts'
import { listOwnListings, type Pair, type StoredListing } from '#program/membership/directory/listing-store.ts'
import { listPublicOperators } from '#program/membership/directory/operator-store.ts'
import { findOwnStatement } from '#program/membership/directory/statement-store.ts'

interface OwnMembership {
  readonly operator: OperatorId
  readonly operator_name: string
  readonly organisation_name: string
  readonly active: boolean
}

async function listOwnMemberships(tx: Tx, { organisation }: ContactActor, now: Date): Promise<OwnMembership[]> {
  const { rows } = await sql<OwnMembership>`select m.operator_id as operator, op.name as operator_name, o.name as organisation_name, ${activeAt(now)} as active
    from membership m join operator op on op.id = m.operator_id join organisation o on o.id = m.organisation_id
    where m.organisation_id = ${organisation} and m.state <> 'terminated' order by m.created_at, m.operator_id`.execute(tx.db)
  return rows
}

/** What is shown, or is to be shown, of the actor's organisation with each of its operators. */
export async function showOwnListings(app: App, actor: ContactActor): Promise<z.input<typeof OwnListing>[]> {
  const now = app.clock.now()
  const found = await app.db.read(actor, async (tx) => {
    const memberships = await listOwnMemberships(tx, actor, now)
    const rows = []
    for (const membership of memberships) {
      const pair = { organisation: actor.organisation, operator: membership.operator }
      rows.push({ membership, listings: await listOwnListings(tx, pair, now), statement: await findOwnStatement(tx, pair) })
    }
    return { rows, paths: new Map((await tx.asSystem((db) => listPublicOperators({ ...tx, db }))).map(({ id, path }) => [id, path])) }
  })
  const { origin } = app.config.url
  return found.rows.map(({ membership, listings, statement }) => ({
    operator: { id: membership.operator, name: membership.operator_name },
    organisation: { id: actor.organisation, name: membership.organisation_name },
    active: membership.active,
    waiting: pick(listings, ({ decision }) => decision === null),
    approved: pick(listings, ({ decision, ended_at: ended }) => decision === 'approved' && ended === null),
    refused: pick(listings.slice(0, 1), ({ decision }) => decision === 'refused'),
    statement: statement ? { ...addressesOf(origin, statement.id), showsTier: statement.shows_tier } : null,
    page: `${found.paths.get(membership.operator) ?? '/programme'}/members`,
  }))
}

/** Throws NOT_FOUND unless the actor's organisation is a member of the operator, and CONFLICT unless the membership is active. */
export async function requireActive(tx: Tx, actor: ContactActor, operator: OperatorId, now: Date): Promise<Pair> {
  const membership = (await listOwnMemberships(tx, actor, now)).find((own) => own.operator === operator)
  if (!membership) throw new Problem('NOT_FOUND')
  if (!membership.active) throw new Problem('CONFLICT', 'The membership is not active: nothing of it is shown in public.')
  return { organisation: actor.organisation, operator }
}

function addressesOf(origin: string, id: string) {
  const url = `${origin}/membership/${id}`
  return { id, url, badge: `${url}/badge.svg` }
}

function pick(rows: readonly StoredListing[], is: (row: StoredListing) => boolean): z.input<typeof ListingView> | null {
  const row = rows.find(is)
  return row ? showListing(row) : null
}

export function showListing(row: StoredListing): z.input<typeof ListingView> {
  const { decider_name: decider, decided_at: decidedAt } = row
  return {
    id: row.id,
    operator: { id: row.operator_id, name: row.operator_name },
    organisation: { id: row.organisation_id, name: row.organisation_name },
    name: row.name,
    link: row.link,
    protects: row.protects,
    logo: row.logo,
    state: stateOf(row),
    // People of the other side are not the reader's to know by name.
    proposed: { by: row.proposer_name ?? row.organisation_name, at: row.proposed_at },
    decided: decidedAt === null ? null : { by: decider ?? row.operator_name, at: decidedAt, reason: row.reason },
  }
}

function stateOf({ decision, ended_at: ended, active }: StoredListing): z.input<typeof ListingView>['state'] {
  if (decision === null) return 'waiting'
  if (decision !== 'approved') return decision
  if (ended !== null) return 'replaced'
  return active ? 'public' : 'hidden'
}
