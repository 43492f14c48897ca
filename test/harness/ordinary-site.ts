import type { RequestListener } from 'node:http'
import { drawPage } from './png.ts'

/** What harmless pages do, one page for each. */
const SCRIPTS: Readonly<Record<string, string>> = {
  text: '',
  cookies: `document.cookie = 'seen=1; max-age=86400'; localStorage.setItem('a', '1'); sessionStorage.setItem('b', '2')`,
  database: `const open = indexedDB.open('shop', 1); open.onupgradeneeded = () => open.result.createObjectStore('carts').put({ items: 3 }, 'cart')`,
  worker: `navigator.serviceWorker.register('/service.js'); caches?.open('v1').then((cache) => cache.addAll(['/style.css', '/picture.png']))`,
  frames: `for (const name of ['cookies', 'database']) { const frame = document.createElement('iframe'); frame.src = '//second.example:' + location.port + '/' + name; document.body.append(frame) }`,
  canvas: `const draw = (kind) => document.body.appendChild(document.createElement('canvas')).getContext(kind); draw('2d').fillRect(0, 0, 50, 50); draw('webgl')`,
  module: `import('/module.js').then(({ words }) => document.body.append(words.join(' ')))`,
  history: `history.pushState({}, '', '/history?page=2'); document.title = 'Page two'; fetch('/data.json').then((answer) => answer.json()).then(console.log)`,
  files: `navigator.storage?.getDirectory?.().then((root) => root.getFileHandle('draft.txt', { create: true })); URL.createObjectURL(new Blob(['x'.repeat(2e6)]))`,
  form: `if (!location.search) document.querySelector('form').submit()`,
  sound: `new AudioContext().createOscillator(); const video = document.createElement('video'); video.src = '/nothing.webm'; document.body.append(video)`,
  asking: `Notification.requestPermission(); navigator.geolocation.getCurrentPosition(console.log, console.log)`,
}

/** A function for each word, as a library has them, so that the browser keeps what it compiled. */
const LIBRARY = Array.from({ length: 3000 }, (_, at) => `export const word${at} = (x) => x.map((one) => one * ${at}).filter(Boolean)`).join('\n')

export const ORDINARY_PAGES = Object.keys(SCRIPTS)

const page = (
  name: string,
) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The page of ${name}</title><link rel="stylesheet" href="/style.css"></head>
<body><h1>The page of ${name}</h1><p>${'Words that fill a page. '.repeat(200)}</p><img src="/picture.png" alt="a picture"><a href="/text">More</a>
<form method="get"><input name="q" value="words"><button>Search</button></form><script src="/library.js" type="module"></script><script>${SCRIPTS[name]}</script></body></html>`

/** A site whose pages harm nobody. */
export const ordinarySite: RequestListener = (request, response) => {
  const name = /^\/([a-z]*)(?:\.[a-z]+)?(?:\?|$)/.exec(request.url ?? '')?.[1] ?? ''
  const send = (type: string, body: string | Buffer) => response.writeHead(200, { 'content-type': type, 'cache-control': 'max-age=3600' }).end(body)
  if (name in SCRIPTS) return send('text/html', page(name))
  switch (name) {
    case 'style':
      return send('text/css', 'body { font-family: serif; max-width: 40em } h1 { transition: color 1s } h1:hover { color: red }')
    case 'picture':
    case 'favicon':
      return send('image/png', drawPage(1))
    case 'library':
      return send('text/javascript', LIBRARY)
    case 'module':
      return send('text/javascript', `import { word7 } from '/library.js'\nexport const words = word7([1, 2, 3])`)
    case 'service':
      return send('text/javascript', `self.addEventListener('fetch', () => {})`)
    case 'data':
      return send('application/json', '{"words": ["one", "two"]}')
    default:
      return response.writeHead(404).end()
  }
}
