import type { Keys } from '#platform/crypto/keys.ts'
import { sealText, unsealText } from '#platform/crypto/seal-text.ts'
import { SINGLE_ADDRESS } from '#platform/mail/smtp-url.ts'

const SUBJECT_LENGTH = 200
const TEXT_LENGTH = 100_000

/** What a mail says, and to whom: plain text only. */
export interface Message {
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** Whether this is one address that mail can be sent to; what is no such address never reaches a mail server. */
export function isAddress(to: string): boolean {
  return SINGLE_ADDRESS.test(to)
}

/**
 * The message as it is kept and sent. The subject becomes one line, whatever was in it, so no name in it adds a header; the text
 * keeps its lines and tabs and loses every other control character and direction mark.
 */
export function plainMessage({ to, subject, text }: Message): Message {
  return {
    to: to.trim(),
    subject: cut(subject.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').trim(), SUBJECT_LENGTH) || '(no subject)',
    text: cut(text.replace(/\r\n?/g, '\n').replace(/[^\P{C}\n\t]/gu, ''), TEXT_LENGTH),
  }
}

/** At most `length` UTF-16 units, no character halved. */
function cut(text: string, length: number): string {
  return text
    .slice(0, length)
    .toWellFormed()
    .replace(/\uFFFD$/u, '')
}

export function sealMessage(keys: Pick<Keys, 'master'>, id: string, message: Message): Buffer {
  return sealText(keys, sealedFor(id), JSON.stringify(message))
}

export function unsealMessage(keys: Pick<Keys, 'master'>, id: string, sealed: Buffer): Message {
  return JSON.parse(unsealText(keys, sealedFor(id), sealed)) as Message
}

function sealedFor(id: string) {
  return { purpose: 'outgoing_mail.sealed', context: [id] }
}
