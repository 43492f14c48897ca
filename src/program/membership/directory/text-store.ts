import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, PersonId } from '#platform/ids.ts'
import type { TextSlug } from '#program/membership/directory/contract.ts'

export const publicTextRow = binder('public_text', ['markdown', 'published_by', 'published_at'])

export interface StoredText {
  readonly slug: TextSlug
  readonly version: number
  readonly markdown: string
  readonly published_by: string
  readonly published_at: Date
}

/** The newest version of each text of an operator; those that were taken off are empty. */
export async function listTexts(tx: Tx, operator: OperatorId): Promise<StoredText[]> {
  const { rows } = await sql<StoredText>`select distinct on (t.slug) t.slug, t.version, t.markdown, p.name as published_by, t.published_at
    from public_text t left join person p on p.id = t.published_by
    where t.operator_id = ${operator} order by t.slug, t.version desc`.execute(tx.db)
  return rows
}

/** Adds a version. False when somebody else added that one. */
export async function insertText(
  tx: Tx,
  text: {
    readonly operator: OperatorId
    readonly slug: TextSlug
    readonly version: number
    readonly markdown: string
    readonly by: PersonId
    readonly at: Date
  },
): Promise<boolean> {
  const { operator, slug, version, markdown, by, at } = text
  const inserted = await tx.db
    .insertInto('public_text')
    .values({ operator_id: operator, slug, version, markdown, published_by: by, published_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .returning('version')
    .executeTakeFirst()
  return inserted !== undefined
}
