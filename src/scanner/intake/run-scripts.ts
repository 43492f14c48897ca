import { runAcrobatScripts } from '#scanner/formats/javascript/run.ts'
import { Stopped } from '#scanner/formats/javascript/objects.ts'
import { readBitmapOverrun } from '#scanner/formats/bmp-rle.ts'
import { readOversizedPairs } from '#scanner/formats/tiff-pairs.ts'
import { readXfa } from '#scanner/formats/xfa.ts'
import { xmlText } from '#scanner/formats/xml.ts'
import { documentTexts } from './document-texts.ts'
import type { Fact, FactOf } from './fact.ts'
import { LimitReached, upToLimit, type LimitName } from './limits.ts'
import type { Part } from './part.ts'

type Script = { readonly path: string; readonly offset?: number; readonly source: string }

/** Scripts of one document that are run; more are said to be unexamined. */
const MOST_SCRIPTS = 400
const SHARE_OF_DOCUMENT = 0.85

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
      const forms = said.filter((fact) => fact.kind === 'xfa').flatMap((fact) => part.attempt(fact.path, () => openXfa(part, fact)) ?? [])
      runScripts(part, [...scripts, ...forms])
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
    for (const pair of readOversizedPairs(image.bytes, part.budget)) part.say({ kind: 'xfa-tiff', ...place, image: image.name, at: image.offset, pair })
    const overrun = readBitmapOverrun(image.bytes, part.budget)
    if (overrun) part.say({ kind: 'xfa-bitmap', ...place, image: image.name, at: image.offset, overrun })
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
