import { readPage, type Page, type PageScript } from '#scanner/formats/html.ts'
import { runPageScripts } from '#scanner/formats/javascript/run.ts'
import { readTerminate } from '#scanner/formats/vbscript-terminate.ts'
import { xmlText } from '#scanner/formats/xml.ts'
import type { Part } from './part.ts'

/** Pages that the scripts of a page write, one in the other. */
const DEEPEST = 2

/** Reports what a page runs and where it leads, and what its scripts do. */
export function openHtmlPart(part: Part): void {
  part.kind('html')
  readOne(part, readPage(xmlText(part.bytes), part.budget), 0)
}

/** Reports what a script file does: JScript is followed, VBScript is read. Other scripts are recognised and left. */
export function openScriptPart(part: Part): void {
  part.kind('script')
  const source = xmlText(part.bytes)
  const language = /^\s{0,200}(?:dim|set|sub|function\s\w{1,60}\s?\([^)]{0,200}\)\s{0,20}\n|on error resume next|const|option explicit)\b/im.test(source)
    ? 'vbscript'
    : 'javascript'
  const scripted = /wscript\.|createobject|activexobject|getobject/i.test(source)
  if (scripted) readOne(part, { addresses: [], scripts: [{ offset: 0, language, from: 'element', source }] }, 0)
}

function readOne(part: Part, page: Page, depth: number): void {
  const { path } = part
  const { scripts, addresses } = page
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
    { outside: (steps) => part.budget.step(steps) },
  )
  const { path } = part
  const calls = run.recorded.map((call) => ({ path, offset: scripts[call.script]!.offset, call }))
  if (calls.length > 0 || run.spray.texts > 0 || run.spray.blocks > 0)
    part.say({ kind: 'script-run', path, offset: scripts[0]!.offset, calls, spray: run.spray })
  if (run.stopped !== undefined) part.miss(part.path, 'limit', `the scripts of the page were followed until their ${run.stopped} were used up`)
  for (const { script, at } of run.broken.slice(0, 20))
    part.miss(part.path, 'unsupported', `the script at character ${scripts[script]!.offset} was followed as far as its character ${at}`)
  if (run.written !== '' && depth < DEEPEST) readOne(part, readPage(run.written, part.budget), depth + 1)
}
