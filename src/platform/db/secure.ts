/** The group role that the application's login belongs to: it owns nothing and bypasses nothing. */
export const APP_ROLE = 'vedette_app'

/**
 * Statements that force row-level security on a new table and grant the application what it needs.
 * `all` rules reads and writes alike; `select` and `insert` add to it. Migrations rely on the exact
 * result: change what an existing table has in a new migration, not here.
 */
export function secure(table: string, privileges: string, rules: { all?: string; select?: string; insert?: string }): string[] {
  return [
    `alter table ${table} enable row level security`,
    `alter table ${table} force row level security`,
    `grant ${privileges} on ${table} to ${APP_ROLE}`,
    ...(rules.all ? [`create policy ${table}_all on ${table} using (${rules.all}) with check (${rules.all})`] : []),
    ...(rules.select ? [`create policy ${table}_select on ${table} for select using (${rules.select})`] : []),
    ...(rules.insert ? [`create policy ${table}_insert on ${table} for insert with check (${rules.insert})`] : []),
  ]
}
