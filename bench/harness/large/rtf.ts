import { buildOle1 } from '#test/harness/documents.ts'
import { picture, piecesOf, prose } from './filling.ts'
import { embeddedDoc } from './office.ts'

/** An RTF as Word writes it: formatted text, pictures in lines of 128 digits, and now and then an embedded document. */
export function largeRtf(bytes: number): Buffer {
  const share = Math.min(200_000, bytes / 4)
  const head = '{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0\\fnil Times New Roman;}{\\f1\\fswiss Arial;}}{\\colortbl;\\red0\\green0\\blue0;}\r\n'
  const body = piecesOf(bytes - head.length - 1, (n) => {
    if (n % 8 === 7) return object(n, share / 2)
    return n % 2 === 0 ? paragraphs(n, share) : `{\\pict\\pngblip\\picw640\\pich480\r\n${lines(picture(n, share / 2))}}\r\n`
  })
  return Buffer.concat([Buffer.from(head), ...body, Buffer.from('}')])
}

function paragraphs(seed: number, length: number): string {
  const text: string[] = []
  for (let n = 0, have = 0; have < length; n++) {
    const words = prose(seed * 1000 + n, 260)
    const one = `\\pard\\plain\\ltrpar\\s${n % 9}\\ql\\widctlpar\\f${n % 2}\\fs24\\lang1033 ${words.slice(0, 90)}{\\b\\i ${words.slice(90, 110)}}${words.slice(110)} \\u8364?\\'e4\\tab\\par\r\n`
    text.push(one)
    have += one.length
  }
  return text.join('')
}

function object(seed: number, length: number): string {
  const document = embeddedDoc(seed, length >> 1)
  return `{\\object\\objemb\\objw4000\\objh3000{\\*\\objclass Word.Document.8}{\\*\\objdata ${lines(buildOle1('Word.Document.8', document))}}{\\result ${prose(seed, 40)}}}\r\n`
}

function lines(bytes: Buffer): string {
  return bytes.toString('hex').replaceAll(/.{128}/g, '$&\r\n')
}
