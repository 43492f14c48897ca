import { unpackRtf } from '#scanner/formats/compressed-rtf.ts'
import { readHtmlLinks } from '#scanner/formats/html-links.ts'
import { readPage } from '#scanner/formats/html.ts'
import { readInternetShortcut } from '#scanner/formats/internet-shortcut.ts'
import { readLetterPasswords, withoutTags } from '#scanner/formats/letter-passwords.ts'
import { decodeText, decodeWords, parameters } from '#scanner/formats/mime-header.ts'
import { readMime } from '#scanner/formats/mime.ts'
import { climbs, OdfReader, readScriptUrl } from '#scanner/formats/odf.ts'
import { htmlOfRtf } from '#scanner/formats/rtf-html.ts'
import { readRtf } from '#scanner/formats/rtf.ts'
import { ddeFormula, readSheetText } from '#scanner/formats/sheet-text.ts'
import { readSlk } from '#scanner/formats/slk.ts'
import { readWebQuery } from '#scanner/formats/web-query.ts'
import { runXlm } from '#scanner/formats/xlm.ts'
import { readShellLink } from '#scanner/formats/shell-link.ts'
import { readTnef } from '#scanner/formats/tnef.ts'
import { XmlFields } from '#scanner/formats/word-fields.ts'
import { readXfa } from '#scanner/formats/xfa.ts'
import { walkXml, xmlText } from '#scanner/formats/xml.ts'
import { buildOle1, buildRtf } from '#test/harness/documents.ts'
import { buildEml, buildTnef, packRtf, reminder } from '#test/harness/documents/mail.ts'
import { listener, odfContent } from '#test/harness/documents/odf.ts'
import { tiffOf, xfaImage, xfaScript } from '#test/harness/documents/pdf-scripts.ts'
import { buildShellLink, buildShortcut, controlPanelItems, fileItems } from '#test/harness/documents/shell-link.ts'
import { latin, outcome, whole, type Target } from '../target.ts'

const HTML_RTF = '{\\rtf1\\ansi\\fromhtml1 {\\*\\htmltag64 <a href="http://host.example/">}\\htmlrtf x\\htmlrtf0 click\\\'41{\\*\\htmltag </a>}}'
const FIELDS =
  '<w:p><w:fldChar w:fldCharType="begin"/><w:instrText>QUOTE 68 68 69</w:instrText><w:fldChar w:fldCharType="separate"/><w:fldChar w:fldCharType="end"/><w:fldSimple w:instr="DDE cmd"/><!-- c --><![CDATA[x]]>&#x41;&amp;</w:p>'
const PAGE =
  '<html><base href="http://host.example/"><script src=a.js>var a = "</b>"</script><body onload="go()"><iframe src=&#x68;ttp:x><a href="http://a.example/">http://b.example/</a><form action=c>'

export const TEXTS: readonly Target[] = [
  {
    name: 'formats/rtf.ts',
    read: (bytes, budget) => readRtf(bytes, budget),
    seeds: () => [
      buildRtf(
        buildOle1('Equation.3', Buffer.alloc(20, 7)).toString('hex'),
        "{\\field{\\*\\fldinst DDEAUTO cmd}}{\\*\\template http://page.example/}\\bin3 abc{\\sp{\\sn pFragments}{\\sv 1;2;0100}}\\listoverridecount25 \\u65?\\'41",
      ),
    ],
  },
  { name: 'formats/rtf-html.ts', read: (bytes, budget) => htmlOfRtf(bytes, budget), seeds: () => [Buffer.from(HTML_RTF)] },
  {
    name: 'formats/compressed-rtf.ts',
    read: (bytes, budget) => unpackRtf(bytes, budget),
    seeds: () => [packRtf(HTML_RTF), Buffer.concat([Buffer.from('20000000190000004c5a4675aabbccdd', 'hex'), Buffer.alloc(20, 0x13)])],
  },
  { name: 'formats/html.ts', read: (bytes, budget) => readPage(xmlText(bytes), budget), seeds: () => [Buffer.from(PAGE)] },
  { name: 'formats/html-links.ts', read: (bytes, budget) => readHtmlLinks(latin(bytes), budget), seeds: () => [Buffer.from(PAGE)] },
  {
    name: 'formats/xml.ts',
    read: (bytes, budget) => {
      const fields = new XmlFields()
      const events = [...walkXml(xmlText(bytes), budget)]
      for (const event of events) fields.take(event)
      return [events, fields.finish()]
    },
    seeds: () => [Buffer.from(FIELDS), Buffer.from(`\ufeff${FIELDS.slice(0, 120)}`, 'utf16le')],
  },
  {
    name: 'formats/odf.ts',
    read: (bytes, budget) => {
      const odf = new OdfReader()
      for (const event of walkXml(xmlText(bytes), budget)) odf.take(event)
      return [odf.scripts, odf.links, odf.dde, odf.scripts.map(({ url }) => readScriptUrl(url)), climbs(latin(bytes))]
    },
    seeds: () => [
      Buffer.from(
        odfContent({
          scripts: listener('dom:load', 'vnd.sun.star.script:../a.py$%256fs?language=Python&location=share'),
          body: '<draw:object xlink:href="http://host.example/"/><table:table-cell table:formula="of:=DDE(&quot;cmd&quot;;&quot;/c&quot;;&quot;a&quot;)"/><text:dde dde-application="cmd" dde-topic="a"/>',
        }),
      ),
    ],
  },
  {
    name: 'formats/xfa.ts',
    read: (bytes, budget) => readXfa(xmlText(bytes), budget),
    seeds: () => [Buffer.from(`<template>${xfaScript('a()')}${xfaImage(tiffOf([[0x117, 1, 2]]), 'image/tif')}</template>`)],
  },
  {
    name: 'formats/sheet-text.ts',
    read: (bytes, budget) => [[...readSheetText(latin(bytes), budget)], ddeFormula(latin(bytes))],
    seeds: () => [Buffer.from('a,=cmd|\'/k calc\'!A0\n"b",@SUM(1)\tx'), Buffer.from('ID;P\nO;E\nNN;NAuto_open;ER1C1;F\nC;X1;Y1;EEXEC("a")\nE\n')],
  },
  {
    name: 'formats/slk.ts',
    read: (bytes, budget) => {
      const { links, workbook } = readSlk(latin(bytes), budget)
      return [links, workbook && [workbook.names, runXlm(workbook, budget)]]
    },
    seeds: () => [Buffer.from('ID;P\nO;E\nNN;NAuto_open;ER1C1;F\nC;X1;Y1;EEXEC("a;;b")\nC;X2;K"=cmd|x!A"\nE\n')],
  },
  {
    name: 'formats/web-query.ts',
    read: (bytes) => [true, false].map((called) => readWebQuery(latin(bytes), called)),
    seeds: () => [Buffer.from('WEB\r\n1\r\nhttp://host.example/a?["b"]\r\n\r\nSelection=1\r\n')],
  },
  {
    name: 'formats/letter-passwords.ts',
    read: (bytes) => [readLetterPasswords(latin(bytes)), withoutTags(latin(bytes))],
    seeds: () => [Buffer.from('Dear a, the <b>password</b>: inert1 <br>Passwort ist "a b" pw=x\n')],
  },
  {
    name: 'formats/internet-shortcut.ts',
    read: (bytes, budget) => readInternetShortcut(bytes, budget),
    seeds: () => [buildShortcut('file://host.example/a.hta', 'IconFile=a\r\n'), Buffer.from('\ufeff[InternetShortcut]\r\nURL=a', 'utf16le')],
  },
  {
    name: 'formats/shell-link.ts',
    read: (bytes, budget) => readShellLink(bytes, budget),
    seeds: () => [
      buildShellLink({ items: fileItems('C:\\', 'a.exe'), arguments: '/c calc', icon: '%TEMP%\\a.pdf', behind: Buffer.from('MZ') }),
      buildShellLink({ items: controlPanelItems('C:\\a.dll', 0), show: 7 }),
    ],
  },
  {
    name: 'formats/mime.ts',
    read: (bytes, budget) => whole(readMime(bytes, budget)),
    seeds: () => [
      buildEml([
        ['Content-Type: text/html; charset="utf-16"\r\nContent-Transfer-Encoding: quoted-printable', '<a=3D=\r\nb>'],
        ["Content-Type: application/x; name*0*=utf-8''a%2e; name*1=exe\r\nContent-Transfer-Encoding: base64", 'TVogaW5lcnQ='],
        ['Content-Type: message/rfc822', 'Subject: =?utf-8?B?YQ==?= =?x?Q?_=41?=\r\n\r\nbody'],
        ['Content-Transfer-Encoding: x-uuencode', 'begin 644 a\r\n#86)C\r\n`\r\nend'],
      ]),
    ],
  },
  {
    name: 'formats/mime-header.ts',
    read: (bytes) => [
      parameters(latin(bytes)),
      decodeWords(latin(bytes)),
      ['utf-8', 'utf-16', 'utf-7', 'windows-1251', 'none'].map((charset) => outcome(() => decodeText(bytes, charset))),
    ],
    seeds: () => [Buffer.from('text/html; charset="a\\"b"; name*0*=utf-8\'\'a%2e; (c) name*1=exe; x=y'), Buffer.from('=?utf-8?B?YQ==?= =?x?Q?_=41?= a +AGE-')],
  },
  {
    name: 'formats/tnef.ts',
    read: (bytes, budget) => whole(readTnef(bytes, budget)),
    seeds: () => [buildTnef({ properties: reminder('\\\\host.example\\a.wav', true), attachments: [{ name: 'a', bytes: Buffer.from('b') }] })],
  },
]
