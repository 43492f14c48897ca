import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Reader } from '#scanner/yara-sets/entitled.ts'
import { listReadable } from '#scanner/yara-sets/store.ts'

/** Who reads, as of now. */
export async function readerOf(tx: Tx, actor: PersonActor): Promise<Reader> {
  return { actor, readsWith: new Set(actor.kind === 'contact' ? await listReadable(tx, actor.organisation) : []) }
}
