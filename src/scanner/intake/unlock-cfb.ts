import type { Cfb, CfbEntry } from '#scanner/formats/cfb.ts'
import { openPackage, type Opened } from '#scanner/formats/offcrypto/package.ts'
import { isEncryptedPresentation, openPresentation } from '#scanner/formats/offcrypto/presentation.ts'
import { isEncryptedWord, openWord } from '#scanner/formats/offcrypto/word.ts'
import { findFilePass, openWorkbook } from '#scanner/formats/offcrypto/workbook.ts'
import { Damaged } from './limits.ts'
import { innerPath, type Part } from './part.ts'

/** What Excel and Word try by themselves before they ask: documents locked with it open without a question. */
const OFFICE_PASSWORD = 'VelvetSweatshop'
/** The same of PowerPoint. */
const POWERPOINT_PASSWORD = '/01Hannes Ruescher/01'

/**
 * The compound file with the streams of an encrypted doc, xls or ppt decrypted in place, where the office's own password or
 * one that was given fits; readers then see an open document with the same offsets. The package of an encrypted Office Open XML document is opened
 * as a child. What no password opens stays as it is, and its readers say that it is encrypted.
 */
export function unlockCfb(part: Part, cfb: Cfb): Cfb {
  const streams = new Map<string, CfbEntry>()
  for (const entry of cfb.entries) if (entry.kind === 'stream' && entry.path.length === 1) streams.set(entry.name.toLowerCase(), entry)
  // What was read to find out is kept: a stream costs its bytes once.
  const plain = new Map<CfbEntry, Buffer>()
  const read = (entry: CfbEntry) => plain.get(entry) ?? kept(plain, entry, cfb.read(entry))
  const passwords = passwordsOf(part)
  part.attempt(part.path, () => {
    for (const name of ['workbook', 'book']) unlockWorkbook(part, streams.get(name), { plain, read, passwords })
    unlockWord(part, streams, { plain, read, passwords })
    unlockPresentation(part, streams, { plain, read, passwords: [...passwords, POWERPOINT_PASSWORD] })
  })
  return plain.size === 0 ? cfb : Object.assign(Object.create(cfb) as Cfb, { read: (entry: CfbEntry) => plain.get(entry) ?? cfb.read(entry) })
}

function kept(plain: Map<CfbEntry, Buffer>, entry: CfbEntry, bytes: Buffer): Buffer {
  plain.set(entry, bytes)
  return bytes
}

/** Office's own first, then those that were given, then those that a letter around the document names. */
function passwordsOf({ passwords, hints }: Part): readonly string[] {
  return [OFFICE_PASSWORD, ...passwords, ...hints]
}

interface Lock {
  readonly plain: Map<CfbEntry, Buffer>
  readonly read: (entry: CfbEntry) => Buffer
  readonly passwords: readonly string[]
}

function unlockWorkbook(part: Part, entry: CfbEntry | undefined, { plain, read, passwords }: Lock): void {
  if (!entry) return
  const stream = read(entry)
  if (!findFilePass(stream, part.budget)) return
  const opened = openWorkbook(stream, passwords, part.budget)
  if (!opened) return
  plain.set(entry, opened.content)
  sayDecrypted(part, entry.name, opened)
}

/** The bytes of a workbook that stands in no compound file, decrypted where a password fits. */
export function unlockBiff(part: Part): Buffer {
  const opened = openWorkbook(part.bytes, passwordsOf(part), part.budget)
  if (!opened) return part.bytes
  sayDecrypted(part, 'workbook', opened)
  return opened.content
}

function unlockWord(part: Part, streams: ReadonlyMap<string, CfbEntry>, { plain, read, passwords }: Lock): void {
  const entry = streams.get('worddocument')
  if (!entry) return
  const document = read(entry)
  if (!isEncryptedWord(document)) return
  const others = ['0table', '1table', 'data'].map((name) => streams.get(name))
  const [zero, one, data] = others.map((other) => other && read(other))
  const opened = openWord({ document, tables: [zero, one], data }, passwords, part.budget)
  if (!opened) return
  const { content } = opened
  for (const [home, bytes] of [[entry, content.document], ...others.map((other, i) => [other, [...content.tables, content.data][i]] as const)] as const)
    if (home && bytes) plain.set(home, bytes)
  sayDecrypted(part, entry.name, opened)
}

function unlockPresentation(part: Part, streams: ReadonlyMap<string, CfbEntry>, { plain, read, passwords }: Lock): void {
  const [entry, user, pictures] = ['powerpoint document', 'current user', 'pictures'].map((name) => streams.get(name))
  if (!entry || !user) return
  const currentUser = read(user)
  if (!isEncryptedPresentation(currentUser)) return
  const opened = openPresentation({ document: read(entry), currentUser }, passwords, part.budget)
  if (!opened) return
  plain.set(entry, opened.content.document)
  plain.set(user, opened.content.currentUser)
  if (pictures && pictures.size > 0) part.miss(innerPath(part.path, pictures.name), 'encrypted', 'the pictures of the presentation are encrypted')
  sayDecrypted(part, entry.name, opened)
}

/** Opens the package of an encrypted Office Open XML document, or says that it is encrypted and why it was not opened. */
export function openEncryptedPackage(part: Part, cfb: Cfb, entry: CfbEntry): void {
  const path = innerPath(part.path, entry.path.join('/'))
  const info = cfb.entries.find(({ kind, name }) => kind === 'stream' && name.toLowerCase() === 'encryptioninfo')
  if (!info) return part.miss(path, 'encrypted', 'the document is protected by rights management')
  const opened = attemptPackage(part, path, cfb, { info, entry })
  if (opened === 'unknown') return
  if (!opened) return part.miss(path, 'encrypted', 'the document is encrypted')
  sayDecrypted(part, entry.name, opened)
  part.child(entry.path.join('/'), opened.content, 'decrypted')
}

function attemptPackage(part: Part, path: string, cfb: Cfb, { info, entry }: { info: CfbEntry; entry: CfbEntry }): Opened<Buffer> | undefined | 'unknown' {
  try {
    return openPackage(cfb.read(info), cfb.read(entry), passwordsOf(part), part.budget)
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
    part.miss(path, 'encrypted', error.message)
    return 'unknown'
  }
}

function sayDecrypted(part: Part, name: string, { scheme, password }: Opened<unknown>): void {
  const [given, hinted] = [part.passwords.length, part.hints.length]
  const from = password === 0 || password > given + hinted ? 'built-in' : password <= given ? 'given' : 'letter'
  part.say({ kind: 'decrypted', path: innerPath(part.path, name), scheme, password: from })
}
