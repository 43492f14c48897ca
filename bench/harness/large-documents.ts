/** Documents of any size for measuring; they say nothing. */

/** An RTF of ordinary text, with a picture and an embedded object now and then. */
export function largeRtf(bytes: number): Buffer {
  const text = "\\pard\\plain\\f0\\fs24 The quick brown fox {\\b jumps} over the lazy dog, and {\\i again}; \\u8364? \\'e4 is more than 12 of them.\\par\r\n"
  const picture = `{\\pict\\pngblip\\picw10\\pich10\r\n${'89504e470d0a1a0a0000000d49484452'.repeat(512)}}\r\n`
  const object = `{\\object\\objemb{\\*\\objclass Demo}{\\*\\objdata 01050000020000000500000044656d6f00000000000000000000080000${'41'.repeat(2048)}}}\r\n`
  const page = text.repeat(400) + picture + object
  return fill('{\\rtf1\\ansi{\\fonttbl{\\f0 Times New Roman;}}\r\n', page, '}', bytes)
}

/** A PDF of many objects, with uncompressed content that readers have to pass, and a table of references at its end. */
export function largePdf(bytes: number): Buffer {
  const line = '1 0 0 1 72 720 cm BT /F1 12 Tf (The quick brown fox jumps over the lazy dog) Tj ET\n'
  const content = line.repeat(100)
  const pieces: string[] = ['%PDF-1.7\n1 0 obj\n<</Type /Catalog /Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type /Pages /Kids [] /Count 0>>\nendobj\n']
  let length = pieces[0]!.length
  for (let n = 3; length < bytes; n += 2) {
    const page = `${n} 0 obj\n<</Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${n + 1} 0 R>>\nendobj\n`
    const stream = `${n + 1} 0 obj\n<</Length ${content.length}>>\nstream\n${content}endstream\nendobj\n`
    pieces.push(page, stream)
    length += page.length + stream.length
  }
  return Buffer.from(`${pieces.join('')}trailer\n<</Root 1 0 R>>\n%%EOF\n`, 'latin1')
}

function fill(head: string, page: string, tail: string, bytes: number): Buffer {
  return Buffer.from(head + page.repeat(Math.max(1, Math.ceil((bytes - head.length - tail.length) / page.length))) + tail, 'latin1')
}
