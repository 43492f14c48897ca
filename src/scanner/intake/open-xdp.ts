import { walkXml, xmlText } from '#scanner/formats/xml.ts'
import { openXmlPart } from './open-text.ts'
import type { Part } from './part.ts'

const NAMESPACE = 'http://ns.adobe.com/xdp/'

/** Opens an XML part; of an XDP package (XFA 3.3, XDP specification) also its form, and the PDF that stands in it as base64. */
export function openXmlOrXdpPart(part: Part): void {
  openXmlPart(part)
  if (!part.bytes.includes(NAMESPACE)) return
  part.say({ kind: 'xfa', path: part.path, offset: 0, packet: 'xdp', bytes: part.bytes })
  let inside = false
  for (const event of walkXml(xmlText(part.bytes), part.budget)) {
    if (event.kind !== 'text') inside = event.kind === 'open' && event.name === 'chunk'
    else if (inside) {
      const { text, offset } = event
      part.attempt(part.path, () => {
        const bytes = Buffer.from(text, 'base64')
        part.budget.takeBytes(bytes.length)
        if (bytes.length > 0) part.child('chunk', bytes, 'xml-data', offset)
      })
    }
  }
}
