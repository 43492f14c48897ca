import { readHtmlLinks } from '#scanner/formats/html-links.ts'
import { readLetterPasswords, withoutTags } from '#scanner/formats/letter-passwords.ts'
import type { Part } from './part.ts'

/** Links of one body that are reported; a letter with more repeats itself. */
const MOST = 500

/** Reports where the links of a body lead, each pair of target and text once. `path` is the body's. Throws LimitReached. */
export function sayLinks(part: Part, path: string, html: string): void {
  const seen = new Set<string>()
  const { links, cut } = readHtmlLinks(html, part.budget)
  if (cut) part.miss(path, 'limit', `limit reached: ${cut}`)
  for (const { offset, target, text } of links) {
    const key = `${target}\0${text}`
    if (target === '' || seen.has(key)) continue
    if (seen.size >= MOST) return part.miss(path, 'limit', `more than ${MOST} links`)
    seen.add(key)
    part.say({ kind: 'mail-link', path, offset, target, text })
  }
}

/** Has what is attached tried with the passwords that a body names. */
export function hintPasswords(part: Part, text: string, isPage: boolean): void {
  for (const password of readLetterPasswords(isPage ? withoutTags(text) : text)) part.hint(password)
}
