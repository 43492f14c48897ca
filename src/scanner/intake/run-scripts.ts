import { runAcrobatScripts } from '#scanner/formats/javascript/run.ts'
import { Stopped } from '#scanner/formats/javascript/objects.ts'
import { readBitmapOverrun } from '#scanner/formats/bmp-rle.ts'
import { readOversizedPairs } from '#scanner/formats/tiff-pairs.ts'
import { readXfa, type XfaImage } from '#scanner/formats/xfa.ts'
import { xmlText } from '#scanner/formats/xml.ts'
import { documentTexts } from './document-texts.ts'
import type { Fact, FactOf, Place } from './fact.ts'
import { LimitReached, upToLimit, type LimitName } from './limits.ts'
import type { Part } from './part.ts'

type Script = { readonly path: string; readonly offset?: number; readonly source: string }

/** Scripts of one document that are run; more are said to be unexamined. */
const MOST_SCRIPTS = 400
const SHARE_OF_DOCUMENT = 0.85
/** Packets of a form that are read as one. */
const LONGEST_FORM = 16 * 2 ** 20

/** Opens a document, then runs the scripts that its opener reported in one interpreter, as its program does, and reports what they did. */
export function withScripts(open: (part: Part) => void): (part: Part) => void {
  return (part) => {
    const said: Fact[] = []
    const say = (fact: Fact) => {
      if (fact.kind === 'pdf-javascript' || fact.kind === 'xfa') said.push(fact)
      part.say(fact)
    }
    let cut: LimitName | undefined
    try {
      // However much the document is, something is left for its scripts.
      cut = upToLimit(() => part.budget.share(() => open({ ...part, say }), SHARE_OF_DOCUMENT))
    } finally {
      const scripts = said.filter((fact) => fact.kind === 'pdf-javascript')
      const packets = said.filter((fact) => fact.kind === 'xfa')
      const forms = packets.flatMap((fact) => part.attempt(fact.path, () => openXfa(part, fact)) ?? [])
      const across = packets.length > 1 ? (part.attempt(part.path, () => openAcross(part, packets)) ?? []) : []
      runScripts(part, [...scripts, ...forms, ...across])
    }
    if (cut) throw new LimitReached(cut)
  }
}

/** Opens the pictures of an XFA packet; gives its scripts. */
function openXfa(part: Part, { path, offset, bytes }: FactOf<'xfa'>): Script[] {
  const place = { path, ...(offset !== undefined && { offset }) }
  const { scripts, images, cut } = readXfa(xmlText(bytes), part.budget)
  if (cut) part.miss(path, 'limit', `limit reached: ${cut}`)
  for (const [i, image] of images.entries()) {
    sayImage(part, place, image)
    part.child(`xfa-image-${i}`, image.bytes, 'xfa-image', offset)
  }
  return scripts.map(({ source }) => ({ ...place, source }))
}

/** Tells the scan what its scripts cost; where nothing is left for them, they stop, and what they did before stays. */
export function outsideOf({ budget }: Part): (steps: number) => void {
  return (steps) => {
    if (upToLimit(() => budget.step(steps))) throw new Stopped('share of the steps')
  }
}

function sayImage(part: Part, place: Place, { name, offset, bytes }: XfaImage): void {
  for (const pair of readOversizedPairs(bytes, part.budget)) part.say({ kind: 'xfa-tiff', ...place, image: name, at: offset, pair })
  const overrun = readBitmapOverrun(bytes, part.budget)
  if (overrun) part.say({ kind: 'xfa-bitmap', ...place, image: name, at: offset, overrun })
}

/**
 * Scripts and pictures that begin in one packet of an XFA form and end in another: Acrobat puts the packets together before it reads them. What
 * lies within one packet is left to that; the place is the packet where it begins.
 */
function openAcross(part: Part, packets: readonly FactOf<'xfa'>[]): Script[] {
  if (packets.reduce((sum, { bytes }) => sum + bytes.length, 0) > LONGEST_FORM) {
    part.miss(part.path, 'limit', `the packets of the form are longer than ${LONGEST_FORM / 2 ** 20} MiB together`)
    return []
  }
  const texts = packets.map(({ bytes }) => xmlText(bytes))
  const ends: number[] = []
  for (const text of texts) ends.push((ends.at(-1) ?? 0) + text.length)
  const packetAt = (offset: number) =>
    Math.max(
      0,
      ends.findIndex((end) => offset < end),
    )
  const { scripts, images, cut } = readXfa(texts.join(''), part.budget)
  if (cut) part.miss(part.path, 'limit', `limit reached: ${cut}`)
  for (const image of images) {
    const first = packetAt(image.offset)
    const start = ends[first]! - texts[first]!.length
    if (image.offset + image.length <= ends[first]!) continue
    const { path, offset } = packets[first]!
    sayImage(part, { path, ...(offset !== undefined && { offset }) }, { ...image, offset: image.offset - start })
  }
  return scripts.map(({ offset, source }) => {
    const { path } = packets[packetAt(offset)]!
    return { path, source }
  })
}

function runScripts(part: Part, all: readonly Script[]): void {
  const scripts = [...new Map(all.map((script) => [script.source, script])).values()]
  if (scripts.length === 0) return
  if (scripts.length > MOST_SCRIPTS) part.miss(part.path, 'limit', `${scripts.length} scripts, of which ${MOST_SCRIPTS} were followed`)
  const run = runAcrobatScripts(
    scripts.slice(0, MOST_SCRIPTS).map(({ source }) => source),
    { outside: outsideOf(part), texts: documentTexts(part) },
  )
  const placeOf = (script: number) => {
    const { path, offset } = scripts[script]!
    return { path, ...(offset !== undefined && { offset }) }
  }
  const calls = run.recorded.map((call) => ({ ...placeOf(call.script), call }))
  if (calls.length > 0 || run.spray.texts > 0 || run.spray.blocks > 0) part.say({ kind: 'script-run', ...placeOf(0), calls, spray: run.spray })
  if (run.cut) part.miss(part.path, 'limit', 'the scripts call or start more than is kept')
  if (run.stopped !== undefined) part.miss(part.path, 'limit', `the scripts were followed until their ${run.stopped} were used up`)
  for (const { script, at } of run.broken) part.miss(scripts[script]!.path, 'damaged', `a script could not be read from its character ${at} on`)
}
