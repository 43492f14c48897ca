import { deflateSync, crc32 } from 'node:zlib'
import type { Asked, MadeAnswer } from './requests.ts'

/**
 * An Internet that is not there: every host answers, with something of the kind that was asked for, so that a document that fetches its next part goes on and
 * shows what it does. Names of files decide first, then what the program says it accepts. Shares (WebDAV) ask for a login, which is how a document that steals
 * one by a link is caught; what is sent is in the record.
 */
export function simulatedAnswer({ method, url, headers }: Asked): MadeAnswer {
  if (DAV_METHODS.has(method)) return share(method, url, headers)
  const ending = /\.([a-z0-9]{1,5})$/i.exec(url.pathname)?.[1]?.toLowerCase()
  const type = (ending && TYPES[ending]) ?? typeAccepted(String(headers['accept'] ?? ''))
  return made(200, type, BODIES[type] ?? Buffer.from('ok\n'))
}

const DAV_METHODS = new Set(['OPTIONS', 'PROPFIND', 'LOCK', 'UNLOCK', 'PROPPATCH'])

const TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  gif: 'image/png',
  jpg: 'image/png',
  jpeg: 'image/png',
  ico: 'image/png',
  js: 'text/javascript',
  css: 'text/css',
  json: 'application/json',
  xml: 'application/xml',
  txt: 'text/plain',
  htm: 'text/html',
  html: 'text/html',
  php: 'text/html',
  aspx: 'text/html',
  hta: 'application/hta',
  rtf: 'application/rtf',
  pdf: 'application/pdf',
  exe: 'application/octet-stream',
  dll: 'application/octet-stream',
  bin: 'application/octet-stream',
}

const PAGE = Buffer.from('<!doctype html><html><head><title>Simulated</title></head><body><p>This page is simulated.</p></body></html>\n')

const BODIES: Readonly<Record<string, Buffer>> = {
  'text/html': PAGE,
  'application/hta': PAGE,
  'text/javascript': Buffer.from('/* simulated */\n'),
  'text/css': Buffer.from('/* simulated */\n'),
  'application/json': Buffer.from('{}\n'),
  'application/xml': Buffer.from('<?xml version="1.0"?><simulated/>\n'),
  'application/rtf': Buffer.from('{\\rtf1 simulated}\n'),
  'application/pdf': onePagePdf(),
  'application/octet-stream': Buffer.from('simulated\n'),
  'image/png': onePixel(),
}

const typeAccepted = (accept: string): string => {
  const wanted = accept.split(',').map((one) => one.split(';')[0]!.trim())
  return wanted.find((type) => type in BODIES) ?? (wanted.some((type) => type.startsWith('image/')) ? 'image/png' : 'text/html')
}

const made = (status: number, type: string, body: Buffer, more: readonly string[] = []): MadeAnswer => ({
  status,
  headers: ['Content-Type', type, 'Access-Control-Allow-Origin', '*', ...more],
  body,
})

/** The message of NTLM that asks for the client's answer (MS-NLMP, 2.2.1.2), with a fixed challenge of eight bytes and no target. */
const CHALLENGE = Buffer.concat([
  Buffer.from('NTLMSSP\0', 'latin1'),
  Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 0x38, 0, 0, 0, 0x01, 0x82, 0x08, 0xa0]),
  Buffer.from('5645444554544531', 'hex'),
  Buffer.alloc(8),
  Buffer.from([0, 0, 0, 0, 0x38, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
]).toString('base64')

function share(method: string, url: URL, headers: Asked['headers']): MadeAnswer {
  const login = String(headers['authorization'] ?? '')
  if (login === '') return made(401, 'text/plain', Buffer.from('a login is needed\n'), ['WWW-Authenticate', 'NTLM', 'WWW-Authenticate', 'Basic realm="share"'])
  // The client's first message (type 1) begins with these bytes; its second holds the login.
  if (login.startsWith('NTLM TlRMTVNTUAAB')) return made(401, 'text/plain', Buffer.from('go on\n'), ['WWW-Authenticate', `NTLM ${CHALLENGE}`])
  if (method === 'OPTIONS') return made(200, 'text/plain', Buffer.alloc(0), ['DAV', '1, 2', 'Allow', 'OPTIONS, GET, HEAD, PROPFIND'])
  if (method !== 'PROPFIND') return made(403, 'text/plain', Buffer.from('this share is to be read\n'))
  return made(207, 'application/xml', listing(url))
}

const listing = (url: URL) => {
  const href = url.pathname.replaceAll(/[<>&"']/g, '')
  const file = '<D:resourcetype/><D:getcontentlength>10</D:getcontentlength>'
  const status = '<D:status>HTTP/1.1 200 OK</D:status>'
  return Buffer.from(
    `<?xml version="1.0"?><D:multistatus xmlns:D="DAV:"><D:response><D:href>${href}</D:href><D:propstat><D:prop>${file}</D:prop>${status}</D:propstat></D:response></D:multistatus>`,
  )
}

function onePixel(): Buffer {
  const chunk = (type: string, content: Buffer) => {
    const named = Buffer.concat([Buffer.from(type), content])
    const frame = Buffer.alloc(8)
    frame.writeUInt32BE(content.length, 0)
    frame.writeUInt32BE(crc32(named), 4)
    return Buffer.concat([frame.subarray(0, 4), named, frame.subarray(4)])
  }
  const size = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0])
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', size),
    chunk('IDAT', deflateSync(Buffer.from([0, 255]))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function onePagePdf(): Buffer {
  const objects = ['<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Kids[3 0 R]/Count 1>>', '<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>']
  let text = '%PDF-1.4\n'
  const offsets = objects.map((content, at) => {
    const offset = text.length
    text += `${at + 1} 0 obj${content}endobj\n`
    return offset
  })
  const start = text.length
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  return Buffer.from(`${text}xref\n0 4\n0000000000 65535 f \n${rows}trailer<</Size 4/Root 1 0 R>>\nstartxref\n${start}\n%%EOF\n`)
}
