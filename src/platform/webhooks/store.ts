import { sql, type Insertable } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { SealedFor } from '#platform/crypto/seal-text.ts'
import type { Tx } from '#platform/db/database.ts'
import type { WebhookDelivery as DeliveryTable } from '#platform/db/types.ts'
import type { Id, OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { DELIVERY_STATES } from '#platform/webhooks/contract.ts'

export type EndpointId = Id<'webhook-endpoint'>
export type DeliveryId = Id<'webhook-delivery'>

export const endpointRow = binder('webhook_endpoint', [
  'organisation_id',
  'operator_id',
  'sealed_url',
  'sealed_secret',
  'created_by',
  'created_at',
  'disabled_at',
  'ended_at',
])
export const deliveryRow = binder('webhook_delivery', [
  'endpoint_id',
  'operator_id',
  'type',
  'state',
  'attempts',
  'status',
  'created_at',
  'begun_at',
  'sent_at',
])

export const sealedUrlOf = (endpoint: EndpointId): SealedFor => ({ purpose: 'webhook_endpoint.sealed_url', context: [endpoint] })
export const sealedSecretOf = (endpoint: EndpointId): SealedFor => ({ purpose: 'webhook_endpoint.sealed_secret', context: [endpoint] })

/** Whose an endpoint is: a member's, or an operator's. */
export type Owner = { readonly organisation: OrganisationId } | { readonly operator: OperatorId }

export interface Endpoint {
  readonly id: EndpointId
  readonly organisation_id: OrganisationId | null
  readonly operator_id: OperatorId | null
  readonly sealed_url: Buffer
  readonly sealed_secret: Buffer
  readonly sealed_previous: Buffer | null
  readonly previous_until: Date | null
  readonly created_by: PersonId
  readonly creator_name: string
  readonly created_at: Date
  readonly failing_since: Date | null
  readonly disabled_at: Date | null
  readonly ended_at: Date | null
}

export interface Delivery {
  readonly id: DeliveryId
  readonly endpoint_id: EndpointId
  readonly operator_id: OperatorId | null
  readonly type: string
  readonly state: (typeof DELIVERY_STATES)[number]
  readonly attempts: number
  readonly status: number | null
  readonly failure: string | null
  readonly created_at: Date
  readonly due_at: Date
  readonly begun_at: Date | null
  readonly sent_at: Date | null
}

const ownedBy = (owner: Owner) => ('organisation' in owner ? sql`e.organisation_id = ${owner.organisation}` : sql`e.operator_id = ${owner.operator}`)
const select = sql`select e.*, p.name as creator_name from webhook_endpoint e join person p on p.id = e.created_by`

/** Endpoints that have not been ended, in the order in which they were added. */
export async function listEndpoints(tx: Tx, owner: Owner): Promise<Endpoint[]> {
  const { rows } = await sql<Endpoint>`${select} where ${ownedBy(owner)} and e.ended_at is null order by e.id`.execute(tx.db)
  return rows
}

/** One of the owner's; nobody else changes it until the transaction ends. */
export async function lockEndpoint(tx: Tx, id: EndpointId, owner?: Owner): Promise<Endpoint | undefined> {
  const { rows } = await sql<Endpoint>`${select} where e.id = ${id} and e.ended_at is null and ${owner ? ownedBy(owner) : sql`true`}
    for no key update of e`.execute(tx.db)
  return rows[0]
}

/** Of two that add at once, the second waits: they are counted. */
export async function holdOwner(tx: Tx, owner: Owner): Promise<void> {
  const id = 'organisation' in owner ? owner.organisation : owner.operator
  await sql`select pg_advisory_xact_lock(hashtextextended('webhook_endpoint/' || ${id}::text, 0))`.execute(tx.db)
}

export async function insertEndpoint(tx: Tx, endpoint: { id: EndpointId; owner: Owner; url: Buffer; secret: Buffer; by: PersonId; at: Date }): Promise<void> {
  const { id, owner, url, secret, by, at } = endpoint
  const columns = 'organisation' in owner ? { organisation_id: owner.organisation } : { operator_id: owner.operator }
  await tx.db
    .insertInto('webhook_endpoint')
    .values({ id, ...columns, sealed_url: url, sealed_secret: secret, created_by: by, created_at: at })
    .execute()
}

type EndpointChange = Partial<Pick<Endpoint, 'sealed_secret' | 'sealed_previous' | 'previous_until' | 'failing_since' | 'disabled_at' | 'ended_at'>>

export async function updateEndpoint(tx: Tx, id: EndpointId, change: EndpointChange): Promise<void> {
  await tx.db.updateTable('webhook_endpoint').set(change).where('id', '=', id).execute()
}

/** Endpoints of the sides that these people are on, which take deliveries: each once. It crosses what the actor may see of them. */
export async function listEndpointsOf(tx: Tx, people: readonly PersonId[]): Promise<EndpointId[]> {
  const { rows } = await tx.asSystem((db) =>
    sql<{ id: EndpointId }>`select e.id from webhook_endpoint e where e.ended_at is null and e.disabled_at is null
      and exists (select from person p where p.id = any(${people}::uuid[]) and (p.organisation_id = e.organisation_id or p.operator_id = e.operator_id))
      order by e.id`.execute(db),
  )
  return rows.map(({ id }) => id)
}

export async function insertDeliveries(tx: Tx, rows: readonly Insertable<DeliveryTable>[]): Promise<void> {
  await tx.asSystem((db) =>
    db
      .insertInto('webhook_delivery')
      .values([...rows])
      .execute(),
  )
}

/** The newest deliveries of an endpoint. */
export async function listDeliveries(tx: Tx, endpoint: EndpointId, limit: number): Promise<Delivery[]> {
  const { rows } = await sql<Delivery>`select * from webhook_delivery where endpoint_id = ${endpoint} order by id desc limit ${limit}`.execute(tx.db)
  return rows
}

/** Whether a delivery of this type to the endpoint was queued after an instant. */
export async function wasQueuedSince(tx: Tx, endpoint: EndpointId, type: string, since: Date): Promise<boolean> {
  const { rows } = await sql`select 1 from webhook_delivery where endpoint_id = ${endpoint} and type = ${type} and created_at > ${since} limit 1`.execute(tx.db)
  return rows.length > 0
}

/** One delivery; nobody else changes it until the transaction ends. */
export async function lockDelivery(tx: Tx, id: DeliveryId): Promise<Delivery | undefined> {
  const { rows } = await sql<Delivery>`select * from webhook_delivery where id = ${id} for no key update`.execute(tx.db)
  return rows[0]
}

type DeliveryChange = Partial<Pick<Delivery, 'state' | 'attempts' | 'status' | 'failure' | 'due_at' | 'begun_at' | 'sent_at'>>

export async function updateDelivery(tx: Tx, id: DeliveryId, change: DeliveryChange): Promise<void> {
  await tx.db.updateTable('webhook_delivery').set(change).where('id', '=', id).execute()
}

/** Deliveries whose attempt is overdue: what a crash left, or what waits for a job that never ran. */
export async function overdueDeliveries(tx: Tx, queuedBefore: Date, begunBefore: Date): Promise<DeliveryId[]> {
  const { rows } = await sql<{ id: DeliveryId }>`select id from webhook_delivery
    where (state = 'queued' and due_at < ${queuedBefore}) or (state = 'sending' and begun_at < ${begunBefore}) order by due_at limit 500`.execute(tx.db)
  return rows.map(({ id }) => id)
}

/** Who is told about an endpoint: the admins of the member, or the publishers of the operator, who are not disabled. */
export async function keepersOf(tx: Tx, { organisation_id: organisation, operator_id: operator }: Endpoint): Promise<PersonId[]> {
  const { rows } = await tx.asSystem((db) =>
    sql<{ id: PersonId }>`select p.id from person p join role_grant g on g.person_id = p.id where p.disabled_at is null
      and (p.organisation_id = ${organisation} and g.role = 'contact:admin' or p.operator_id = ${operator} and g.role = 'operator:publisher')
      order by p.id`.execute(db),
  )
  return rows.map(({ id }) => id)
}
