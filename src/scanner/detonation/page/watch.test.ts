import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const AGENT = fileURLToPath(new URL('../../../../guest/agent', import.meta.url))
const can = spawnSync('python3', ['--version']).status === 0

/** Two tabs, of which the first shows a PDF: while the second is visited, the viewer of the first still asks for something, and so does one of its own. */
const LATE = `
import json
from viewers.page import PDF_VIEWER, Watch

class Browser:
    def send(self, method, params=None, session=None, then=None): pass

browser = Browser()
watch = Watch(browser)
attach = lambda session, kind, parent=None, opener=None: browser.on_event('Target.attachedToTarget', {'sessionId': session, 'targetInfo': {'type': kind, 'targetId': 't' + session, 'openerId': opener}}, parent)
asks = lambda session, url: browser.on_event('Network.requestWillBeSent', {'requestId': url, 'request': {'url': url, 'method': 'GET'}, 'type': 'Script'}, session)
said = []
for session in ('first', 'second'):
    attach(session, 'page')
attach('viewer', 'iframe', 'first')
watch.begin('second', said.append, None, 'file:///page.html')
for session in ('viewer', 'first'):
    asks(session, PDF_VIEWER + 'late.js')
    asks(session, 'http://other.example/')
other = (watch.pdf, len(said), watch.pending())
asks('second', 'http://own.example/')
attach('popup', 'page', opener='tsecond')
asks('popup', 'http://popup.example/')
attach('own', 'iframe', 'second')
asks('own', PDF_VIEWER + 'own.js')
navigated = lambda session, kind, **frame: browser.on_event('Page.frameNavigated', {'frame': {'id': 'f', 'url': 'http://own.example/', 'mimeType': kind, **frame}}, session)
navigated('second', 'application/pdf', parentId='t')
navigated('first', 'application/pdf')
held = watch.pdf
navigated('second', 'application/pdf')
browser.on_event('Inspector.targetCrashed', {}, 'first')
print(json.dumps([other, held, watch.pdf, watch.pending(), [one.get('url') for one in said if one.get('action') in ('request', 'navigate', 'crash')], watch.crashed]))
`

it.skipIf(!can)('a visit is not told what pages of other tabs still do, and is told what its own do', () => {
  const { stdout, stderr } = spawnSync('python3', ['-B', '-c', LATE], { cwd: AGENT, encoding: 'utf8', timeout: 20_000 })
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toEqual([
    [false, 0, false],
    false,
    true,
    true,
    ['http://own.example/', '', 'http://popup.example/', 'http://own.example/', null],
    true,
  ])
})
