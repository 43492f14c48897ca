import type { Transaction } from 'kysely'
import type { Tx } from '#platform/db/database.ts'
import type { DB } from '#platform/db/types.ts'
import type { OperatorId } from '#platform/ids.ts'

/** A row whose named columns a leaf fixes: editing one of them later is found by `vedette log verify`. */
export interface Binding {
  readonly table: string
  /** Primary key columns and values, as PostgreSQL writes them. */
  readonly key: Readonly<Record<string, string>>
  readonly columns: readonly string[]
}

const boundColumns = new Map<string, string>()

/**
 * Names the bound columns of a table once, beside the table's store; then `bind(key)` per row. Throws
 * when another place binds other columns of the same table: the last leaf that binds a row is the one
 * it is checked against, so a smaller list would quietly end the protection of the rest.
 */
export function binder(table: string, columns: readonly string[]): (key: Readonly<Record<string, string>>) => Binding {
  const list = columns.join(',')
  if ((boundColumns.get(table) ?? list) !== list) throw new Error(`table ${table} is bound with other columns elsewhere: ${boundColumns.get(table)}`)
  boundColumns.set(table, list)
  return (key) => ({ table, key, columns })
}

/** Another row that a bound row vouches for, and that is not as it says. */
export interface PartFault {
  readonly table: string
  readonly id: string
  readonly code: 'ROW_ALTERED' | 'ROW_MISSING'
}

/**
 * What the bound rows of one table hold in rows of others, such as a digest of each: a file `bound-parts.ts` beside the binder exports it as
 * `parts`. `check` gets keys of rows that are as their leaves recorded them, and names what belongs to each and is not as it says.
 */
export interface Parts {
  readonly table: string
  check(db: Transaction<DB>, keys: readonly Readonly<Record<string, string>>[]): Promise<readonly (readonly PartFault[])[]>
}

export type PlainValue = string | number | boolean | null | readonly PlainValue[] | { readonly [key: string]: PlainValue }

export interface AuditRecord {
  /** `subject.verb-in-the-past`, such as `person.invited`. */
  readonly action: string
  /** Id of what the act was done to. */
  readonly subject?: string
  /** Whose evidence this is; the actor's own operator unless said. For the act of a contact it has to be said; without one it is the instance's own. */
  readonly operator?: OperatorId
  /** Rows that the act wrote or relied on. */
  readonly binds?: readonly Binding[]
  /** Plain facts that no column holds: never a secret, never embargoed text. */
  readonly details?: Readonly<Record<string, PlainValue>>
}

export interface Audit {
  /**
   * Appends one leaf as the last step before the transaction commits. Throws AUDIT_UNAVAILABLE at commit
   * when it cannot: then nothing is done. Throws INVALID_UTF8 at once for details that are not valid text.
   */
  record(tx: Tx, record: AuditRecord): void
  /** Waits until the newest checkpoint lies outside the database too. */
  flush(): Promise<void>
}
