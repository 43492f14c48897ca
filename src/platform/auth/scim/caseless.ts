/**
 * What texts have in common that differ in case alone, such as user names that are one (RFC 7643, section 4.1.1). By way of capitals,
 * because several small letters may share one: a sigma, and a sigma at the end of a word.
 */
export function caseless(text: string): string {
  return text.normalize('NFC').toUpperCase().toLowerCase()
}
