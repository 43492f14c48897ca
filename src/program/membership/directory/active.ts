import { sql } from 'kysely'

/** Whether the membership `m` stands at an instant: active, and not lapsed. */
export function activeAt(now: Date) {
  return sql<boolean>`(m.state = 'active' and (m.until is null or m.until > ${now}))`
}
