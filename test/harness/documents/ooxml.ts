import { buildCfb, buildPackage, buildZip, nativeStream } from '#test/harness/documents.ts'

/** A package of Office Open XML: its parts, beside content types that name its main part. */
function buildPackageOf(main: string, contentType: string, parts: Readonly<Record<string, string | Buffer>>): Buffer {
  const types = `<Types><Override PartName="/${main}" ContentType="${contentType}"/></Types>`
  return buildZip(Object.entries({ '[Content_Types].xml': types, ...parts }).map(([name, bytes]) => ({ name, bytes: Buffer.from(bytes) })))
}

/** A slide show with one slide that carries out a verb on its object by itself, and that object. */
export function buildSlideShow(verb: string, object: Buffer): Buffer {
  return buildPackageOf('ppt/presentation.xml', 'application/vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml', {
    'ppt/presentation.xml': '<p:presentation/>',
    'ppt/slides/slide1.xml': `<p:sld><p:timing><p:cmd type="verb" cmd="${verb}"><p:cBhvr><p:tgtEl><p:spTgt spid="4"/></p:tgtEl></p:cBhvr></p:cmd></p:timing></p:sld>`,
    'ppt/embeddings/oleObject1.bin': object,
  })
}

/** An object of the packager's media class: a label and a path, and no file. */
export function mediaObject(path: string): Buffer {
  return buildCfb([{ path: ['\u0001Ole10Native'], bytes: nativeStream(Buffer.from(`EmbeddedStg1.txt\0${path}\0`, 'latin1')) }], {
    '': '0226020000000000c000000000000046',
  })
}

/** A package object that holds a file. */
export function packageObject(file: string): Buffer {
  return buildCfb([{ path: ['\u0001Ole10Native'], bytes: nativeStream(buildPackage(file, Buffer.from('harmless'))) }], {
    '': '0c00030000000000c000000000000046',
  })
}

/** A workbook with a ribbon whose root element has these attributes. */
export function buildRibbonWorkbook(attributes: string): Buffer {
  return buildPackageOf('xl/workbook.xml', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml', {
    'xl/workbook.xml': '<workbook/>',
    'customUI/customUI.xml': `<customUI xmlns="http://schemas.microsoft.com/office/2006/01/customui" ${attributes}><ribbon/></customUI>`,
  })
}

/** A Word document with this in its body. */
export function buildWordBody(body: string): Buffer {
  return buildPackageOf('word/document.xml', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml', {
    'word/document.xml': `<w:document><w:body>${body}</w:body></w:document>`,
  })
}

/** A Word document that takes in a part as a chunk of another format. */
export function buildChunkDocument(name: string, chunk: Buffer): Buffer {
  const relation = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships/aFChunk'
  return buildPackageOf('word/document.xml', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml', {
    'word/document.xml': '<w:document><w:body><w:altChunk r:id="rId1"/></w:body></w:document>',
    'word/_rels/document.xml.rels': `<Relationships><Relationship Id="rId1" Type="${relation}" Target="${name}"/></Relationships>`,
    [`word/${name}`]: chunk,
  })
}
