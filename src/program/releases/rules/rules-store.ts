import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, PersonId } from '#platform/ids.ts'
import { monthOf, type Month } from '#program/releases/release.ts'
import { programmeInForce, type RuleHistory } from '#program/releases/rules/in-force.ts'
import { toProgramme, type RuleSet } from '#program/releases/rules/rule-set.ts'

export type ProgrammeId = Id<'programme'>

export const programmeRow = binder('programme', [
  'operator_id',
  'name',
  'version',
  'rules',
  'from_month',
  'proposed_by',
  'proposed_at',
  'adopted_by',
  'adopted_at',
  'adoption',
  'withdrawn_at',
])

export interface StoredRules {
  readonly id: ProgrammeId
  readonly name: string
  readonly version: number
  readonly rules: RuleSet
  readonly from_month: string
  readonly proposed_by: PersonId
  readonly proposer_name: string
  readonly proposed_at: Date
  readonly adopted_by: PersonId | null
  readonly adopter_name: string | null
  readonly adopted_at: Date | null
  readonly withdrawn_at: Date | null
}

const select = sql`select s.id, s.name, s.version, s.rules, s.from_month, s.proposed_by, p.name as proposer_name, s.proposed_at, s.adopted_by,
    a.name as adopter_name, s.adopted_at, s.withdrawn_at
  from programme s join person p on p.id = s.proposed_by left join person a on a.id = s.adopted_by`

/** Rule sets of an operator, the newest first. */
export async function listRules(tx: Tx, operator: OperatorId, limit: number): Promise<StoredRules[]> {
  const { rows } = await sql<StoredRules>`${select} where s.operator_id = ${operator} order by s.proposed_at desc, s.version desc, s.id limit ${limit}`.execute(
    tx.db,
  )
  return rows
}

export async function findRules(tx: Tx, operator: OperatorId, id: string): Promise<StoredRules | undefined> {
  const { rows } = await sql<StoredRules>`${select} where s.operator_id = ${operator} and s.id = ${id}::uuid`.execute(tx.db)
  return rows[0]
}

/** Every adoption of an operator, whoever asks: when it releases is public. */
export async function ruleHistory(tx: Tx, operator: OperatorId): Promise<RuleHistory> {
  const rows = await tx.asSystem((db) =>
    db
      .selectFrom('programme')
      .select(['version', 'rules', 'from_month', 'adopted_at'])
      .where('operator_id', '=', operator)
      .where('adoption', 'is not', null)
      .orderBy('adoption')
      .execute(),
  )
  return rows.map(({ version, rules, from_month: from, adopted_at: at }) => ({
    at: at!,
    from: parseMonth(from),
    programme: toProgramme(rules as unknown as RuleSet, version),
  }))
}

/** The zone in which an operator counts days, by the rules that were adopted last. */
export async function programmeZone(tx: Tx, operator: OperatorId): Promise<string> {
  return programmeInForce(await ruleHistory(tx, operator)).release.zone
}

/** The zones of several operators. */
export async function programmeZones(tx: Tx, operators: readonly OperatorId[]): Promise<ReadonlyMap<OperatorId, string>> {
  const zones = new Map<OperatorId, string>()
  for (const operator of new Set(operators)) zones.set(operator, await programmeZone(tx, operator))
  return zones
}

/** Lets either one adoption of an operator's rules or scheduling of its packages go on at a time: neither decides on what the other changes. */
export async function lockCalendar(tx: Tx, operator: OperatorId, mode: 'adopts' | 'schedules'): Promise<void> {
  const key = sql`hashtextextended(${`calendar of ${operator}`}, 0)`
  await (mode === 'adopts' ? sql`select pg_advisory_xact_lock(${key})` : sql`select pg_advisory_xact_lock_shared(${key})`).execute(tx.db)
}

/** Months whose release was written down, because a package was put on it. */
export async function heldMonths(tx: Tx, operator: OperatorId): Promise<Month[]> {
  const rows = await tx.db.selectFrom('release').select(['instant', 'zone']).where('operator_id', '=', operator).where('kind', '=', 'rule').execute()
  return rows.map(({ instant, zone }) => monthOf(instant, zone))
}

/** The last version of a name; nobody else proposes one until the transaction ends. */
export async function lastRulesVersion(tx: Tx, operator: OperatorId, name: string): Promise<number> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`rule sets of ${operator}`}, 0))`.execute(tx.db)
  const { rows } = await sql<{ last: number | null }>`select max(version) as last from programme where operator_id = ${operator} and name = ${name}`.execute(
    tx.db,
  )
  return rows[0]?.last ?? 0
}

export async function insertRules(
  tx: Tx,
  set: {
    readonly id: ProgrammeId
    readonly operator: OperatorId
    readonly version: number
    readonly rules: RuleSet
    readonly from: string
    readonly by: PersonId
    readonly at: Date
  },
): Promise<void> {
  const { id, operator, version, rules, from, by, at } = set
  await tx.db
    .insertInto('programme')
    .values({ id, operator_id: operator, name: rules.name, version, rules: JSON.stringify(rules), from_month: from, proposed_by: by, proposed_at: at })
    .execute()
}

/** The caller holds the lock of the calendar (`lockCalendar`). */
export async function setRulesAdopted(tx: Tx, operator: OperatorId, id: ProgrammeId, by: PersonId, at: Date): Promise<void> {
  await sql`update programme set adopted_by = ${by}, adopted_at = ${at},
    adoption = (select coalesce(max(adoption), 0) + 1 from programme where operator_id = ${operator}) where id = ${id}`.execute(tx.db)
}

export async function setRulesWithdrawn(tx: Tx, id: ProgrammeId, at: Date): Promise<void> {
  await tx.db.updateTable('programme').set({ withdrawn_at: at }).where('id', '=', id).execute()
}

/** A month as rows and requests write it. */
export function parseMonth(text: string): Month {
  return { year: Number(text.slice(0, 4)), month: Number(text.slice(5, 7)) }
}
