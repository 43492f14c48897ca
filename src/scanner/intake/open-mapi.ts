import type { Cfb } from '#scanner/formats/cfb.ts'
import { unpackRtf } from '#scanner/formats/compressed-rtf.ts'
import { byId, byName, flagOf, ID, PSETID_COMMON, textOf, TYPE, type MapiAttachment, type MapiMessage, type MapiProperty } from '#scanner/formats/mapi.ts'
import { readMsg } from '#scanner/formats/msg.ts'
import { carriesHtml, htmlOfRtf } from '#scanner/formats/rtf-html.ts'
import { readTnef } from '#scanner/formats/tnef.ts'
import { hintPasswords, sayLinks } from './mail-links.ts'
import { LimitReached } from './limits.ts'
import { innerPath, type Part } from './part.ts'
import { utf16 } from '#scanner/formats/bytes.ts'

/** MS-OXPROPS: PidLidReminderOverride, PidLidReminderPlaySound, PidLidReminderFileParameter. */
const REMINDER = { override: 0x851c, playSound: 0x851e, file: 0x851f } as const

/** The streams of a message that its own reader has looked at. */
export interface MailStreams {
  has(path: readonly string[]): boolean
}

/** Opens an Outlook message in a compound file: what its reminder plays, bodies and attachments. Throws LimitReached. */
export function openMsg(part: Part, cfb: Cfb): MailStreams {
  const read = new Set<string>()
  const message = readMsg(cfb, part.budget)
  if (message.more) part.miss(part.path, 'limit', 'the message has more values than are read')
  sayMessage(part, '', message, read)
  return {
    has: (path) => {
      const name = path.at(-1)!.toLowerCase()
      // Properties that are texts, and the tables that name them, hold no files.
      return (
        read.has(path.join('\0')) || name === '__properties_version1.0' || /^__substg1\.0_[0-9a-f]{4}10?(1e|1f)$|^__substg1\.0_[0-9a-f]{4}00(1e|1f)$/.test(name)
      )
    },
  }
}

/** Opens a TNEF stream, the `winmail.dat` of Outlook. Throws Damaged for another format, LimitReached. */
export function openTnefPart(part: Part): void {
  part.kind('tnef')
  const tnef = readTnef(part.bytes, part.budget)
  sayMessage(part, '', tnef, new Set())
  for (const damage of new Set(tnef.damage)) part.miss(part.path, 'damaged', damage)
  if (tnef.cut) throw new LimitReached(tnef.cut)
}

function sayMessage(part: Part, prefix: string, message: MapiMessage, read: Set<string>): void {
  part.attempt(part.path, () => sayReminder(part, message.properties))
  const body = (id: number, open: (property: MapiProperty) => void) => {
    const property = byId(message.properties, id)
    if (!property) return
    read.add((property.stream ?? []).join('\0'))
    part.attempt(innerPath(part.path, `${prefix}body`), () => open(property))
  }
  body(ID.body, (property) => {
    const text = textOf(property)
    if (!text) return
    hintPasswords(part, text, false)
    part.child(`${prefix}body.txt`, Buffer.from(text), 'mail-body', property.offset)
  })
  body(ID.bodyHtml, (property) => openHtml(part, prefix, property))
  body(ID.rtfCompressed, (property) => openRtf(part, prefix, property))
  for (const attachment of message.attachments) openAttachment(part, prefix, attachment, read)
}

function sayReminder(part: Part, properties: readonly MapiProperty[]): void {
  const property = byName(properties, PSETID_COMMON, REMINDER.file)
  const file = textOf(property)
  if (property === undefined || file === undefined || file === '') return
  const { stream, offset } = property
  part.say({
    kind: 'mail-reminder',
    path: stream ? innerPath(part.path, stream.join('/')) : part.path,
    ...(offset !== undefined && { offset }),
    file,
    overrides: flagOf(byName(properties, PSETID_COMMON, REMINDER.override)),
    plays: flagOf(byName(properties, PSETID_COMMON, REMINDER.playSound)),
  })
}

function openHtml(part: Part, prefix: string, property: MapiProperty): void {
  const bytes = property.read()
  if (bytes.length === 0) return
  const name = `${prefix}body.html`
  const html = property.type === TYPE.string ? utf16(bytes) : bytes.toString('utf8')
  sayLinks(part, innerPath(part.path, name), html)
  hintPasswords(part, html, true)
  part.child(name, property.type === TYPE.string ? Buffer.from(utf16(bytes)) : bytes, 'mail-body', property.offset)
}

function openRtf(part: Part, prefix: string, property: MapiProperty): void {
  const rtf = unpackRtf(property.read(), part.budget)
  if (rtf.length === 0) return
  const name = `${prefix}body.rtf`
  if (carriesHtml(rtf)) sayLinks(part, innerPath(part.path, name), htmlOfRtf(rtf, part.budget))
  part.child(name, rtf, 'mail-body', property.offset)
}

function openAttachment(part: Part, prefix: string, { label, properties, message }: MapiAttachment, read: Set<string>): void {
  const name = [ID.attachLongFile, ID.attachFile, ID.displayName].map((id) => textOf(byId(properties, id))).find((text) => text) ?? 'file'
  if (message) sayMessage(part, `${prefix}${label}/`, message, read)
  for (const data of properties) {
    if (data.id !== ID.attachData || data.name || (data.type !== TYPE.binary && data.type !== TYPE.object) || (message && data.type === TYPE.object)) continue
    read.add((data.stream ?? []).join('\0'))
    part.attempt(innerPath(part.path, `${prefix}${label}/${name}`), () => {
      const bytes = data.read()
      // An object in TNEF stands behind the id of its interface.
      const inner = data.type === TYPE.object ? bytes.subarray(16) : bytes
      if (inner.length > 0) part.child(`${prefix}${label}/${name}`, inner, 'mail-attachment', data.offset)
    })
  }
}
