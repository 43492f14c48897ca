import type { QueryClient } from '@tanstack/react-query'
import { dropTransfersOfOthers } from '../scanner/transfers.ts'
import { dropDrafts } from '../ui/draft.ts'
import { SESSION_KEY, sessionQuery } from './session.ts'

const PERSON = 'vedette-person'

/** After signing in: reads the new session, and forgets what this tab holds of anybody else. */
export async function adoptSession(queries: QueryClient): Promise<void> {
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] })
  await queries.invalidateQueries({ queryKey: SESSION_KEY })
  const session = await queries.ensureQueryData(sessionQuery)
  if (!session) return
  dropDraftsOfOthers(session.person.id)
  dropTransfersOfOthers(session.person.id)
}

function dropDraftsOfOthers(person: string): void {
  try {
    const before = sessionStorage.getItem(PERSON)
    if (before !== null && before !== person) dropDrafts()
    sessionStorage.setItem(PERSON, person)
  } catch {
    // Without storage there are no drafts.
  }
}
