import { Damaged, type Budget } from '#scanner/intake/limits.ts'
import { u16, u32 } from '#scanner/formats/bytes.ts'
import type { Opened } from './package.ts'
import { streamKeys, type StreamKeys } from './stream-keys.ts'

const USER_EDIT = 0x0ff5
const PERSIST_DIRECTORY = 0x1772
const CRYPT_SESSION = 0x2f14
const ENCRYPTED_MARK = 0xf3d1c4df
const PLAIN_MARK = 0xe391c05f
const MOST_EDITS = 256

/** The streams of a presentation that its encryption concerns. */
export interface PresentationStreams {
  readonly document: Buffer
  readonly currentUser: Buffer
}

export function isEncryptedPresentation(currentUser: Buffer): boolean {
  return currentUser.length >= 20 && u32(currentUser, 12) === ENCRYPTED_MARK
}

/**
 * The document stream without its encryption (MS-PPT 2.3.7): each object of the persist directories has a key of its own.
 * With the first of the passwords that fits; undefined when none does. Throws Damaged, LimitReached.
 */
export function openPresentation(
  { document, currentUser }: PresentationStreams,
  passwords: readonly string[],
  budget: Budget,
): Opened<PresentationStreams> | undefined {
  const { objects, session } = readPersist(document, u32(currentUser, 16), budget)
  const place = session === undefined ? undefined : objects.find(({ id }) => id === session)?.at
  if (place === undefined || u16(document, place + 2) !== CRYPT_SESSION) throw new Damaged('the header of the encryption is missing')
  const header = document.subarray(place + 8, place + 8 + u32(document, place + 4))
  for (const [password, text] of passwords.entries()) {
    budget.step(64)
    const keys = streamKeys(header, text)
    if (!keys) continue
    const out = Buffer.from(document)
    for (const { id, at } of objects) if (id !== session) decryptObject(document, out, { id, at }, keys, budget)
    const user = Buffer.from(currentUser)
    user.writeUInt32LE(PLAIN_MARK, 12)
    return { scheme: keys.scheme, password, content: { document: out, currentUser: user } }
  }
  return undefined
}

interface Persisted {
  readonly id: number
  readonly at: number
}

/** The objects of every edit, newest first, each place once, and which of them is the header of the encryption. */
function readPersist(document: Buffer, newest: number, budget: Budget): { objects: Persisted[]; session: number | undefined } {
  const objects = new Map<number, Persisted>()
  let session: number | undefined
  const seen = new Set<number>()
  for (let edit = newest; edit !== 0 && !seen.has(edit) && seen.size < MOST_EDITS;) {
    seen.add(edit)
    if (u16(document, edit + 2) !== USER_EDIT) break
    if (u32(document, edit + 4) >= 32) session ??= u32(document, edit + 8 + 28)
    for (const one of readDirectory(document, u32(document, edit + 8 + 12), budget)) if (!objects.has(one.at)) objects.set(one.at, one)
    edit = u32(document, edit + 8 + 8)
  }
  return { objects: [...objects.values()], session }
}

function readDirectory(document: Buffer, from: number, budget: Budget): Persisted[] {
  if (u16(document, from + 2) !== PERSIST_DIRECTORY) return []
  const end = Math.min(document.length, from + 8 + u32(document, from + 4))
  const found: Persisted[] = []
  for (let at = from + 8; at + 4 <= end;) {
    const head = u32(document, at)
    at += 4
    for (let i = 0; i < head >>> 20 && at + 4 <= end; i++, at += 4) {
      budget.step()
      found.push({ id: (head & 0xfffff) + i, at: u32(document, at) })
    }
  }
  return found
}

/** The length of an object stands in its encrypted head. One that reaches beyond the file is left as it is. */
function decryptObject(document: Buffer, out: Buffer, { id, at }: Persisted, { cipherOf }: StreamKeys, budget: Budget): void {
  if (at + 8 > document.length) return
  const cipher = cipherOf(id)
  budget.step(16)
  const head = cipher.apply(document.subarray(at, at + 8))
  const size = head.readUInt32LE(4)
  if (at + 8 + size > document.length) return
  budget.takeBytes(size)
  head.copy(out, at)
  cipher.apply(document.subarray(at + 8, at + 8 + size)).copy(out, at + 8)
}
