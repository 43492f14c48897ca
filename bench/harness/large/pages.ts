import { buildEml } from '#test/harness/documents/mail.ts'
import { picture, piecesOf, prose } from './filling.ts'

/** A mail with a text, a page and attachments in base64. */
export function largeEml(bytes: number): Buffer {
  const share = Math.min(2_000_000, bytes / 4)
  const attachments = Array.from({ length: Math.max(1, Math.floor((bytes * 0.9) / share)) }, (_, n): readonly [string, string] => [
    `Content-Type: image/png; name="scan-${n}.png"\r\nContent-Disposition: attachment; filename="scan-${n}.png"\r\nContent-Transfer-Encoding: base64`,
    picture(n, (share * 3) / 4)
      .toString('base64')
      .replaceAll(/.{76}/g, '$&\r\n'),
  ])
  const text = prose(1, bytes / 40).replaceAll(/.{70}/g, '$&\r\n')
  return buildEml([['Content-Type: text/plain', text], ['Content-Type: text/html', `<html><body><p>${text}</p></body></html>`], ...attachments])
}

/** A page of paragraphs, links, pictures in their addresses, and scripts. */
export function largeHtml(bytes: number): Buffer {
  const share = Math.min(100_000, bytes / 6)
  const body = piecesOf(bytes, (n) => {
    if (n % 10 === 3) return `<img alt="figure ${n}" src="data:image/png;base64,${picture(n, (share * 3) / 4).toString('base64')}">\n`
    if (n % 10 === 7) return `<script>${largeScriptText(Math.min(share, 20_000), n)}</script>\n`
    return `<div class="section s${n}"><h2>${prose(n, 40)}</h2><p>${prose(n, 900)}</p><a href="https://example.com/${n}">${prose(n, 20)}</a></div>\n`
  })
  return Buffer.concat([Buffer.from('<!DOCTYPE html><html><head><title>Report</title></head><body>\n'), ...body, Buffer.from('</body></html>\n')])
}

/** A script of many functions and tables, as bundles are. */
export function largeScript(bytes: number): Buffer {
  return Buffer.from(`var shell = new ActiveXObject("Scripting.Dictionary");\r\n${largeScriptText(bytes, 1)}`, 'latin1')
}

function largeScriptText(bytes: number, seed: number): string {
  return piecesOf(
    bytes,
    (n) =>
      `function f${seed}_${n}(a, b) { var c = a + ${n} * b; if (c > ${n % 99}) { return [c, "${prose(n, 60)}"].join("-"); } return { k: c, t: '${prose(n + 1, 40)}' }; }\n`,
  ).join('')
}
