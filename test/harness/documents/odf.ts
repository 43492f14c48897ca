import { buildZip } from '#test/harness/documents.ts'

const NAMES =
  'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:script="urn:oasis:names:tc:opendocument:xmlns:script:1.0" xmlns:xlink="http://www.w3.org/1999/xlink"'

/** The content of an OpenDocument text; `scripts` stands in its own events, `body` in the text. */
export function odfContent({ scripts = '', body = '' }: { scripts?: string; body?: string }): string {
  return `<?xml version="1.0"?><office:document-content ${NAMES}><office:scripts><office:event-listeners>${scripts}</office:event-listeners></office:scripts><office:body><office:text>${body}</office:text></office:body></office:document-content>`
}

/** An OpenDocument text with this content. */
export function buildOdt(content: { scripts?: string; body?: string }): Buffer {
  return buildZip([
    { name: 'mimetype', bytes: Buffer.from('application/vnd.oasis.opendocument.text') },
    { name: 'content.xml', bytes: Buffer.from(odfContent(content)) },
  ])
}

/** An event bound to a script URL, as it stands in a document. */
export function listener(event: string, url: string): string {
  return `<script:event-listener script:language="ooo:script" script:event-name="${event}" xlink:href="${url.replaceAll('&', '&amp;')}"/>`
}
