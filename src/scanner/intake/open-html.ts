import { readPage, type Page, type PageScript } from '#scanner/formats/html.ts'
import { runPageScripts } from '#scanner/formats/javascript/run.ts'
import { readTerminate } from '#scanner/formats/vbscript-terminate.ts'
import { xmlText } from '#scanner/formats/xml.ts'
import type { Part } from './part.ts'
import { outsideOf } from './run-scripts.ts'

/** Pages that the scripts of a page write, one in the other. */
const DEEPEST = 2
/** Of what may be spent on a page, for reading it; the rest is for running its scripts. */
const SHARE_OF_PAGE = 0.8

/** Reports what a page runs and where it leads, and what its scripts do. */
export function openHtmlPart(part: Part): void {
  part.kind('html')
  readOne(
    part,
    part.budget.share(() => readPage(xmlText(part.bytes), part.budget), SHARE_OF_PAGE),
    0,
  )
}

/** Reports what a script file does: JScript is followed, VBScript is read. Other scripts are recognised and left. */
export function openScriptPart(part: Part): void {
  part.kind('script')
  const source = xmlText(part.bytes)
  const language = /^\s{0,200}(?:dim|set|sub|function\s\w{1,60}\s?\([^)]{0,200}\)\s{0,20}\n|on error resume next|const|option explicit)\b/im.test(source)
    ? 'vbscript'
    : 'javascript'
  const scripted = /wscript\.|createobject|activexobject|getobject/i.test(source)
  if (scripted) readOne(part, { addresses: [], scripts: [{ offset: 0, language, from: 'element', source }], cut: false }, 0)
  else part.miss(part.path, 'unsupported', 'scripts of this kind are not followed')
}

function readOne(part: Part, page: Page, depth: number): void {
  const { path } = part
  const { scripts, addresses, cut } = page
  if (cut) part.miss(path, 'limit', 'the page was read up to a limit of work, scripts or addresses')
  if (scripts.length > 0 || addresses.length > 0) part.say({ kind: 'page', path, page })
  for (const { offset, language, source } of scripts) {
    if (language === 'vbscript')
      for (const one of readTerminate(source, part.budget)) part.say({ kind: 'vbscript-terminate', path, offset: offset + one.offset, found: one })
  }
  follow(
    part,
    scripts.filter(({ language }) => language === 'javascript'),
    depth,
  )
}

/** Runs the JavaScript of a page; what it writes into the page is read as a page. */
function follow(part: Part, scripts: readonly PageScript[], depth: number): void {
  if (scripts.length === 0) return
  const run = runPageScripts(
    scripts.map(({ source }) => source),
    { outside: outsideOf(part) },
  )
  const { path } = part
  const calls = run.recorded.map((call) => ({ path, offset: scripts[call.script]!.offset, call }))
  if (calls.length > 0 || run.spray.texts > 0 || run.spray.blocks > 0)
    part.say({ kind: 'script-run', path, offset: scripts[0]!.offset, calls, spray: run.spray })
  if (run.cut) part.miss(part.path, 'limit', 'the scripts of the page call or start more than is kept')
  if (run.stopped !== undefined) part.miss(part.path, 'limit', `the scripts of the page were followed until their ${run.stopped} were used up`)
  for (const { script, at } of run.broken.slice(0, 20))
    part.miss(part.path, 'unsupported', `the script at character ${scripts[script]!.offset} was followed as far as its character ${at}`)
  if (run.written !== '' && depth < DEEPEST) readOne(part, readPage(run.written, part.budget), depth + 1)
}
