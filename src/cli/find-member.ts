import { z } from 'zod'
import { StartupError } from '#platform/errors.ts'
import { everyItem, type ServerClient } from '#cli/server-client.ts'

/** A member as a list shows it; what else the server says of it is kept for `--json`. */
const Member = z.looseObject({ id: z.string(), name: z.string(), kind: z.string(), tier: z.string(), state: z.string() })
type Member = z.output<typeof Member>

/** The members of the operator, by name. */
export function listMembers(server: ServerClient): Promise<Member[]> {
  return everyItem(server, Member, '/api/organisations')
}

/** By id, or by name whatever its case. Throws StartupError for none and for several. */
export async function findMember(server: ServerClient, text: string): Promise<Member> {
  const key = text.trim().toLowerCase()
  const found = (await listMembers(server)).filter(({ id, name }) => id === key || name.toLowerCase() === key)
  if (found.length === 1) return found[0]!
  if (found.length === 0) throw new StartupError(`There is no member ${text}.`)
  throw new StartupError(`Several members are called ${text}; give the id of one: ${found.map(({ id }) => id).join(', ')}.`)
}
