import type { FactOf } from '#scanner/intake/fact.ts'

/** Bytes of the stack buffer that takes a font name before the correction of November 2017 (scanner.md, section 6). */
export const FONT_BUFFER_BYTES = 0x28

/** Bytes of the second buffer, that a name longer than the first correction allows for reaches. */
export const FONT_SECOND_BUFFER_BYTES = 0x90

/** The font record of an equation fact, or undefined for another record. */
export function fontOf(fact: FactOf<'equation'>) {
  return fact.record.kind === 'font' ? fact.record : undefined
}
