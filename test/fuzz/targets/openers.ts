import { openCabPart, openIsoPart, openRarPart, openSevenZipPart, openTarPart } from '#scanner/intake/open-archive.ts'
import { openBiffPart, openCfbPart } from '#scanner/intake/open-cfb.ts'
import { openUnknownPart } from '#scanner/intake/open-control.ts'
import { openHtmlPart, openScriptPart } from '#scanner/intake/open-html.ts'
import { openInternetShortcutPart, openShellLinkPart } from '#scanner/intake/open-link.ts'
import { openTnefPart } from '#scanner/intake/open-mapi.ts'
import { openPostScriptPart } from '#scanner/intake/open-media.ts'
import { openMimePart } from '#scanner/intake/open-mime.ts'
import { openOneNotePart } from '#scanner/intake/open-onenote.ts'
import { openPdfPart } from '#scanner/intake/open-pdf.ts'
import { openRtfPart } from '#scanner/intake/open-rtf.ts'
import { openActiveMimePart, openGzipPart, openTextPart } from '#scanner/intake/open-text.ts'
import { openXmlOrXdpPart } from '#scanner/intake/open-xdp.ts'
import { openZipPart } from '#scanner/intake/open-zip.ts'
import type { ContentType } from '#scanner/intake/content-type.ts'
import { Damaged, LimitReached, type Budget } from '#scanner/intake/limits.ts'
import type { Part } from '#scanner/intake/part.ts'
import { withScripts } from '#scanner/intake/run-scripts.ts'
import type { Target } from '../target.ts'

/** What an opener says, misses and finds inside, without opening that: whatever the first bytes have become, it is this opener that reads them. */
function alone(open: (part: Part) => void, bytes: Buffer, budget: Budget): unknown {
  const told: unknown[] = []
  open({
    path: '/',
    depth: 0,
    bytes,
    budget,
    passwords: ['a'],
    say: (fact) => {
      budget.takeFact()
      told.push(fact)
    },
    miss: (...what) => told.push(what),
    attempt: (path, work) => {
      try {
        return work()
      } catch (error) {
        if (!(error instanceof Damaged || (error instanceof LimitReached && (error.limit === 'ratio' || error.limit === 'objectBytes')))) throw error
        told.push([path, error.message])
        return undefined
      }
    },
    kind: (name) => told.push(name),
    child: (...what) => {
      budget.takeObject(1)
      told.push(what)
    },
  })
  return told
}

const OPENERS: readonly (readonly [file: string, open: (part: Part) => void, ...types: ContentType[]])[] = [
  ['open-cfb.ts', openCfbPart, 'cfb'],
  ['open-cfb.ts (biff)', openBiffPart, 'biff'],
  ['open-zip.ts', openZipPart, 'zip'],
  ['open-rtf.ts', openRtfPart, 'rtf'],
  ['open-pdf.ts', withScripts(openPdfPart), 'pdf'],
  ['open-xdp.ts', withScripts(openXmlOrXdpPart), 'xml'],
  ['open-text.ts', openTextPart, 'text', 'csv', 'slk', 'iqy'],
  ['open-text.ts (activemime)', openActiveMimePart, 'activemime'],
  ['open-text.ts (gzip)', openGzipPart, 'gzip'],
  ['open-control.ts', openUnknownPart, 'unknown'],
  ['open-media.ts', openPostScriptPart, 'eps'],
  ['open-link.ts', openShellLinkPart, 'lnk'],
  ['open-link.ts (url)', openInternetShortcutPart, 'url-file'],
  ['open-archive.ts (tar)', openTarPart, 'tar'],
  ['open-archive.ts (cab)', openCabPart, 'cab'],
  ['open-archive.ts (iso)', openIsoPart, 'iso'],
  ['open-archive.ts (7z)', openSevenZipPart, '7z'],
  ['open-archive.ts', openRarPart, 'rar'],
  ['open-html.ts', openHtmlPart, 'html'],
  ['open-html.ts (script)', openScriptPart, 'script'],
  ['open-mime.ts', openMimePart, 'eml', 'mhtml'],
  ['open-mapi.ts', openTnefPart, 'tnef'],
  ['open-onenote.ts', openOneNotePart, 'onenote'],
]

export const OPENER_TARGETS: readonly Target[] = OPENERS.map(([file, open, ...types]) => ({
  name: `intake/${file}`,
  read: (bytes, budget) => alone(open, bytes, budget),
  seeds: (documents) => documents.of(...types),
}))
