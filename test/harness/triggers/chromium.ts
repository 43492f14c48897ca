import type { Trigger } from './trigger.ts'

/** Pages for Chromium. Each does one inert thing that a hostile one does; the same page without it is the control. */
const page = (body: string) => ({
  document: Buffer.from(`<!doctype html><html lang=en><meta charset=utf-8><title>A page</title><body><h1>Good morning</h1>${body}</body></html>\n`),
  name: 'document.html',
})
const plain = () => page('<p>Nothing else.')

/** `(module)`: the eight bytes with which every module begins. */
const WASM = 'new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))'
const LARGE = 'globalThis.kept = new Uint8Array(48 << 20).fill(1)'
const CLOCK = 'let last = 0; for (let n = 0; n < 25000; n++) last = performance.now()'

export const TRIGGERS: readonly Trigger[] = [
  {
    name: 'launches the diagnostics of Windows by a scheme (ms-msdt:)',
    viewer: 'chromium',
    subject: () => page('<script>location.href = "ms-msdt:/id PCWDiagnostic"</script>'),
    signals: [{ id: 'scheme-launch', weight: 'active' }],
    control: plain,
  },
  {
    name: 'launches a search on a share by a scheme (search-ms:), when its link is pressed',
    viewer: 'chromium',
    subject: () => page('<p><a href="search-ms:query=invoice&crumb=location:%5C%5Cshare.example">Show the invoices</a>'),
    signals: [{ id: 'scheme-launch', weight: 'active' }],
    control: () => page('<p><a href="#invoices">Show the invoices</a>'),
  },
  {
    name: 'puts a command into the clipboard, for the visitor to paste (ClickFix)',
    viewer: 'chromium',
    subject: () => page('<button onclick="navigator.clipboard.writeText(\'powershell -c exit\')">I am not a robot</button>'),
    signals: [{ id: 'clipboard-command', weight: 'active' }],
    control: () => page('<button onclick="document.title = \'pressed\'">I am not a robot</button>'),
  },
  {
    name: 'hands out a file that nobody asked for',
    viewer: 'chromium',
    subject: () =>
      page('<script>const a = document.createElement("a"); a.download = "invoice.exe"; a.href = "data:application/octet-stream,harmless"; a.click()</script>'),
    signals: [{ id: 'download' }],
    control: plain,
  },
  {
    name: 'fills memory with 128 buffers of one content',
    viewer: 'chromium',
    subject: () => page('<script>globalThis.kept = Array.from({ length: 128 }, () => new Uint8Array(1 << 20).fill(0x0c))</script>'),
    signals: [
      { id: 'spray', weight: 'active' },
      { id: 'equal-buffers', weight: 'active' },
    ],
    control: () => page('<script>globalThis.kept = Array.from({ length: 8 }, () => new Uint8Array(1 << 20).fill(0x0c))</script>'),
  },
  {
    name: 'measures memory by the clock',
    viewer: 'chromium',
    subject: () => page(`<script>globalThis.module = ${WASM}; ${LARGE}; ${CLOCK}</script>`),
    signals: [{ id: 'timing-probe', weight: 'active' }],
    control: () => page(`<script>globalThis.module = ${WASM}; ${LARGE}</script>`),
  },
  {
    name: 'opens a connection that no request follows, to a host of which the browser does not report',
    viewer: 'chromium',
    subject: () => page('<link rel=preconnect href="https://quiet.example/"><img alt="" src="https://told.example/picture.png">'),
    options: { egress: 'simulated' },
    signals: [{ id: 'unreported-traffic', weight: 'odd' }],
    control: () => page('<img alt="" src="https://told.example/picture.png">'),
  },
  {
    name: 'shows a text longer than its process can hold, which then gives up',
    viewer: 'chromium',
    subject: () => page(`<script>document.body.textContent = '\\u0100'.repeat(2 ** 29 - 24)</script>`),
    signals: [{ id: 'crash', weight: 'crash' }],
    end: 'crashed',
    control: () => page(`<script>document.body.textContent = '\\u0100'.repeat(2 ** 12)</script>`),
  },
  {
    name: 'goes on under a debugger that it asks for',
    viewer: 'chromium',
    subject: () => page('<script>debugger; location.href = "ms-msdt:/id PCWDiagnostic"</script>'),
    signals: [{ id: 'scheme-launch', weight: 'active' }],
    control: plain,
  },
]
