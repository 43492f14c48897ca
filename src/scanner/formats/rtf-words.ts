/** The control words of RTF that the reader acts on; `unknown` is every other. */
export const WORD = {
  unknown: 0,
  /** A destination whose text is never part of an object's data. */
  destination: 1,
  bin: 2,
  uc: 3,
  u: 4,
  object: 5,
  objupdate: 6,
  objautlink: 7,
  objlink: 8,
  objdata: 9,
  objclass: 10,
  fldinst: 11,
  template: 12,
  sn: 13,
  sv: 14,
  listoverridecount: 15,
  dfrxst: 16,
  dfrstart: 17,
  fonttbl: 18,
  f: 19,
  pict: 20,
} as const

export type Word = (typeof WORD)[keyof typeof WORD]

/** Destinations of the RTF specification whose text is never part of an object's data, even without `\\*` before them. */
const DESTINATIONS = (
  'aftncn aftnsep aftnsepc annotation atnauthor atndate atnicn atnid atnparent atnref atntime atrfend atrfstart author background bkmkend bkmkstart blipuid buptim ' +
  'category colorschememapping colortbl comment company creatim datafield datastore defchp defpap do doccomm docvar dptxbxtext ebcend ebcstart factoidname falt fchars ' +
  'ffdeftext ffentrymcr ffexitmcr ffformat ffhelptext ffl ffname ffstattext file filetbl fldinst fldrslt fldtype fname fontemb fontfile fonttbl footer footerf footerl ' +
  'footerr footnote formfield ftncn ftnsep ftnsepc g generator gridtbl header headerf headerl headerr hl hlfr hlinkbase hlloc hlsrc hsv htmltag info keycode keywords ' +
  'latentstyles lchars levelnumbers leveltext lfolevel linkval list listlevel listname listoverride listoverridetable listpicture liststylename listtable listtext ' +
  'lsdlockedexcept macc mailmerge manager mhtmltag nextfile nonshppict objalias objclass objname objsect objtime oleclsid operator panose password passwordhash pgp pgptbl ' +
  'picprop pict pn pnseclvl pntext pntxta pntxtb printim private propname protend protstart protusertbl pxe result revtbl revtim rsidtbl rxe shp shpgrp shpinst shppict ' +
  'shprslt shptxt sn sp staticval stylesheet subject sv svb tc template themedata title txe ud upr userprops wgrffmtfilter windowcaption writereservation ' +
  'writereservhash xe xform xmlattrname xmlattrvalue xmlclose xmlname xmlnstbl xmlopen'
).split(' ')
const SLOTS = 4096
const names: Buffer[] = []
const words: Word[] = []
/** Whether the word is also a destination that is no object data. */
const aside: boolean[] = []
const slots = new Int16Array(SLOTS).fill(-1)

for (const [name, word] of Object.entries(WORD)) if (word > WORD.destination) add(name, word, DESTINATIONS.includes(name))
for (const name of DESTINATIONS) if (!(name in WORD)) add(name, WORD.destination, true)

function add(name: string, word: Word, isDestination: boolean): void {
  let hash = 0
  for (let i = 0; i < name.length; i++) hash = hashOn(hash, name.charCodeAt(i))
  let slot = hash & (SLOTS - 1)
  while (slots[slot] !== -1) slot = (slot + 1) & (SLOTS - 1)
  slots[slot] = names.push(Buffer.from(name, 'latin1')) - 1
  words.push(word)
  aside.push(isDestination)
}

/** One more letter of a word in its hash. */
export function hashOn(hash: number, code: number): number {
  return (Math.imul(hash, 31) + code) | 0
}

/** The place in the table of the word whose letters stand between two offsets and have this hash; -1 for an unknown one. */
function find(bytes: Buffer, from: number, to: number, hash: number): number {
  for (let slot = hash & (SLOTS - 1); slots[slot]! >= 0; slot = (slot + 1) & (SLOTS - 1)) {
    const name = names[slots[slot]!]!
    if (name.length !== to - from) continue
    let i = 0
    while (i < name.length && name[i] === bytes[from + i]) i++
    if (i === name.length) return slots[slot]!
  }
  return -1
}

/** Which word stands between two offsets, and whether it is a destination that is no object data. */
export function findWord(bytes: Buffer, from: number, to: number, hash: number): number {
  const index = find(bytes, from, to, hash)
  return index < 0 ? WORD.unknown : words[index]! | (aside[index]! ? ASIDE : 0)
}

/** The bit of `findWord` that tells a destination whose text is no object data. */
export const ASIDE = 0x100
