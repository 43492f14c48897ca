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
held = watch.pdf_page
navigated('second', 'application/pdf')
browser.on_event('Inspector.targetCrashed', {}, 'first')
print(json.dumps([other, held, watch.pdf_page, watch.pending(), [one.get('url') for one in said if one.get('action') in ('request', 'navigate', 'crash')], watch.crashed]))
`

/** One tab that goes from page to page: a PDF, another page, one that never comes to its end; and the viewer of PDF of an older browser. */
const COURSE = `
import json
from viewers.page import PDF_VIEWER, Watch

class Browser:
    sent = []
    def send(self, method, params=None, session=None, then=None): self.sent.append((method, session))

browser = Browser()
watch = Watch(browser)
tell = lambda method, session, **params: browser.on_event(method, params, session)
attach = lambda session, kind, parent=None: tell('Target.attachedToTarget', parent, sessionId=session, targetInfo={'type': kind, 'targetId': 't' + session})
navigated = lambda session, kind, url='http://a.example/', **frame: tell('Page.frameNavigated', session, frame={'id': 't' + session, 'url': url, 'mimeType': kind, **frame})
loads = lambda session: tell('Page.lifecycleEvent', session, name='load', frameId='t' + session)
stands = lambda: bool(watch.loaded) and not watch.unloaded
told = []
attach('tab', 'page')
watch.begin('tab', told.append, None, 'http://a.example/')
navigated('tab', 'application/pdf')
attach('stranger', 'iframe', 'elsewhere')
navigated('stranger', 'text/html', PDF_VIEWER, parentId='x')
strange = watch.pdf_session
attach('old', 'other')
tell('Inspector.targetCrashed', 'old')
unborn = watch.crashed
tell('Runtime.executionContextCreated', 'old')
watch.take_pdf(['success', 1])
loads('tab')
read = (watch.pdf, watch.pdf_session, watch.pdf_state, watch.pdf_pages, ('Network.disable', 'old') in browser.sent, stands())
navigated('tab', 'text/html')
away = (watch.pdf, watch.pdf_session, watch.pdf_state, watch.pdf_pages, stands())
loads('tab')
tell('Debugger.paused', 'tab', reason='OOM')
paused = (stands(), ('Debugger.resume', 'tab') in browser.sent, [one['detail'] for one in told if one['action'] == 'failure'])
tell('Inspector.targetCrashed', 'old')
print(json.dumps([strange, unborn, read, away, paused, watch.crashed]))
`

it.skipIf(!can)('a tab shows a PDF for as long as it does, and stands once its last page was loaded', () => {
  const { stdout, stderr } = spawnSync('python3', ['-B', '-c', COURSE], { cwd: AGENT, encoding: 'utf8', timeout: 20_000 })
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toEqual([
    null,
    false,
    [true, 'old', 'success', 1, true, true],
    [false, null, '', 0, false],
    [true, true, ['stopped by the browser: OOM']],
    true,
  ])
})

it.skipIf(!can)('a visit is not told what pages of other tabs still do, and is told what its own do', () => {
  const { stdout, stderr } = spawnSync('python3', ['-B', '-c', LATE], { cwd: AGENT, encoding: 'utf8', timeout: 20_000 })
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toEqual([
    [false, 0, false],
    null,
    'second',
    true,
    ['http://own.example/', '', 'http://popup.example/', 'http://own.example/', null],
    true,
  ])
})
