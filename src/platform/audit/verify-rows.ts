import type { Transaction } from 'kysely'
import type { Parts } from '#platform/audit/audit.ts'
import type { FaultCode, FaultList } from '#platform/audit/faults.ts'
import { digestNow, readBoundRows, readTables, type BoundRowAtLeaf } from '#platform/audit/verify-store.ts'
import type { DB } from '#platform/db/types.ts'
import { discover } from '#platform/discover.ts'

const BATCH = 2000

export interface DamagedLeaves {
  /** Leaves that are not the signed ones. */
  readonly altered: ReadonlySet<number>
  readonly lost: ReadonlySet<number>
  /** Leaves that are there, but whose bodies cannot be read. */
  readonly unreadable: ReadonlySet<number>
}

/**
 * Compares every row that a leaf binds, as it is now, with what the last of these leaves recorded, and where such a row holds other
 * rows, these too. Returns how many rows there are.
 */
export async function verifyRows(db: Transaction<DB>, size: number, damaged: DamagedLeaves, faults: FaultList, signal?: AbortSignal): Promise<number> {
  const tables = await readTables(db)
  const parts = new Map((await discover<Parts>('bound-parts.ts', 'parts')).map(({ value }) => [value.table, value]))
  const lastDamaged = [...damaged.altered, ...damaged.lost].reduce((last, leaf) => Math.max(last, leaf), -1)
  let checked = 0
  for await (const batch of readBoundRows(db, size, [...damaged.unreadable], BATCH)) {
    signal?.throwIfAborted()
    checked += batch.length
    for (const group of alike(batch)) {
      const codes = await compare(db, tables, group)
      for (const [n, row] of group.entries()) {
        // A leaf that was altered proves nothing of the row; it is named itself.
        if (!codes[n] || damaged.altered.has(row.leaf)) continue
        faults.add(row.leaf < lastDamaged && codes[n] !== 'BINDING_UNKNOWN' ? 'ROW_UNPROVEN' : codes[n], row.table, idOf(row.key), row.leaf)
      }
      const sound = group.filter(({ sha256, leaf }, n) => codes[n] === undefined && sha256 !== null && !damaged.altered.has(leaf))
      await verifyParts(db, parts.get(group[0]!.table), sound, faults)
    }
  }
  return checked
}

/** What rows that are as they were recorded say of others. */
async function verifyParts(db: Transaction<DB>, parts: Parts | undefined, rows: readonly BoundRowAtLeaf[], faults: FaultList): Promise<void> {
  if (!parts || rows.length === 0) return
  const found = await parts.check(
    db,
    rows.map(({ key }) => key),
  )
  for (const [n, row] of rows.entries()) for (const { code, table, id } of found[n]!) faults.add(code, table, id, row.leaf)
}

/** Rows of one table that are found and digested by the same columns. */
function alike(rows: readonly BoundRowAtLeaf[]): BoundRowAtLeaf[][] {
  return [...Map.groupBy(rows, ({ table, key, columns }) => JSON.stringify([table, Object.keys(key), columns])).values()]
}

async function compare(
  db: Transaction<DB>,
  tables: ReadonlyMap<string, ReadonlyMap<string, string>>,
  rows: readonly BoundRowAtLeaf[],
): Promise<(FaultCode | undefined)[]> {
  const { table, key, columns } = rows[0]!
  const types = tables.get(table)
  if (!types || ![...Object.keys(key), ...columns].every((column) => types.has(column))) return rows.map(() => 'BINDING_UNKNOWN')
  const now = await digestNow(
    db,
    table,
    types,
    columns,
    rows.map((row) => row.key),
  )
  return rows.map(({ sha256 }, n) => {
    const found = now.get(n) ?? []
    if (sha256 === null) return found.length > 0 ? 'ROW_RETURNED' : undefined
    if (found.length === 0) return 'ROW_MISSING'
    return found.length > 1 || found[0] !== sha256 ? 'ROW_ALTERED' : undefined
  })
}

function idOf(key: Readonly<Record<string, string>>): string {
  const entries = Object.entries(key)
  return entries.length === 1
    ? entries[0]![1]
    : entries
        .map(([column, value]) => `${column}=${value}`)
        .sort()
        .join(',')
}
