import { sql } from 'kysely'
import { certificateRow, revokeCertificates } from '#platform/auth/certificates/store.ts'
import { linkRow, revokeLinks } from '#platform/auth/link-store.ts'
import { revokeSessions, sessionRow } from '#platform/auth/session-store.ts'
import { revokeTokens, tokenRow } from '#platform/auth/token-store.ts'
import type { Binding } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OrganisationId, PersonId } from '#platform/ids.ts'

/**
 * Ends every session, API token, client certificate and unused link of an organisation's people whom no membership lets in any more (`isIn`), so that
 * none of them opens anything again when a membership is given back; passkeys stay. The caller has authorised it and wrote the
 * membership before. Returns the rows for the caller's audit record; none while another operator's membership still lets them in.
 */
export async function endAccess(tx: Tx, organisation: OrganisationId, at: Date): Promise<Binding[]> {
  // Held as by `holdAccount`: a sign-in that is under way is over before its session is ended.
  const people = await tx.asSystem(async (db) => {
    const { rows } = await sql<{ id: PersonId }>`select id from person where organisation_id = ${organisation} and not exists (select from membership m
      where m.organisation_id = ${organisation} and m.state in ('active', 'paused')) order by id for no key update`.execute(db)
    return rows
  })
  const ended: Binding[] = []
  for (const { id: person } of people) {
    for (const id of await revokeSessions(tx, person, at)) ended.push(sessionRow({ id }))
    for (const id of await revokeTokens(tx, person, at)) ended.push(tokenRow({ id }))
    for (const id of await revokeCertificates(tx, person, at)) ended.push(certificateRow({ id }))
    for (const id of await revokeLinks(tx, person, at)) ended.push(linkRow({ id }))
  }
  return ended
}
