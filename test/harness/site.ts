import type { RequestListener } from 'node:http'
import { INSIDE } from './outside.ts'

/** A module of WebAssembly that holds nothing. */
const WASM = 'new Uint8Array([0,97,115,109,1,0,0,0])'

const finalPage = (tlsPort: number) => `<!doctype html><title>The last page</title>
<body style="height:3000px"><h1>Hello</h1>
<button onclick="navigator.clipboard.writeText('powershell -enc AAAA')" style="position:absolute;top:60px;left:20px;width:200px;height:40px">Verify you are human</button>
<img src="https://inside.example:${tlsPort}/inside.png"><img src="https://site.example:${tlsPort}/to-inside"><img src="https://169.254.169.254/latest/meta-data/">
<script src="/script.js"></script>
<script>
// Under a debugger a page would stand still here.
debugger
console.log('a word', 7)
eval('window.made = "by eval"')
new Function('return "by Function"')()
new WebAssembly.Module(${WASM})
fetch('https://[::ffff:127.0.0.1]:${tlsPort}/mapped').catch(() => {})
fetch('https://site.example:${tlsPort}/api', { method: 'POST', body: 'posted' })
try { new WebSocket('wss://inside.example:${tlsPort}/socket') } catch {}
new Worker(URL.createObjectURL(new Blob(['self.x = 1'])))
navigator.serviceWorker.register('/worker.js').catch((error) => console.log(String(error)))
setTimeout(() => alert('a question'), 300)
setTimeout(() => { location.href = 'search-ms:query=x&crumb=location:share' }, 600)
setTimeout(() => { const a = document.createElement('a'); a.href = '/file.bin'; a.download = 'invoice.docm'; document.body.append(a); a.click() }, 1500)
</script></body>`

/** Things to press where a visitor sees them, but not in the document itself; frames that nobody sees, one of which lies over a link; and names that hide those of the document. */
const framesPage = (
  port: number,
) => `<!doctype html><title>Frames</title><body style="margin:0"><img name="documentElement"><img name="title"><div style="height:1200px"></div><div id=host></div>
<iframe src="http://second.example:${port}/framed" style="margin-left:300px;width:500px;height:300px;border:7px solid;transform:scale(0.8)"></iframe>
<div style="position:relative;height:200px"><a href="/elsewhere" style="position:absolute;inset:0">Elsewhere</a>
<iframe srcdoc="<button onclick='console.log(&quot;pressed in the hidden frame&quot;)'>No</button>" style="visibility:hidden;position:absolute"></iframe></div>
<script>document.getElementById('host').attachShadow({ mode: 'open' }).innerHTML = "<button onclick='console.log(&quot;pressed in the shadow&quot;)'>Yes</button>"</script>`
const FRAMED = `<body style="height:2000px"><p>In a frame</p><iframe srcdoc="<button onclick='console.log(&quot;pressed in the inner frame&quot;)'>Yes</button>" style="position:absolute;left:90px;top:120px"></iframe>
<button style="position:absolute;left:20px;top:40px" onclick="console.log('pressed in the frame')">Yes</button>
<button style="position:absolute;left:20px;top:1500px" onclick="console.log('pressed out of sight')">Yes</button></body>`

/** A site that leads from page to page in every way, and whose last page does what hostile ones do; it harms nothing. `tlsPort`: of its https. */
export const siteOf =
  (tlsPort: () => number): RequestListener =>
  (request, response) => {
    const html = (text: string) => response.writeHead(200, { 'content-type': 'text/html' }).end(text)
    const to = (location: string) => response.writeHead(302, { location }).end()
    const port = request.socket.localPort
    switch (request.url) {
      case '/start':
        return to(`http://second.example:${port}/second`)
      case '/second':
        return html('<meta http-equiv="refresh" content="0;url=/third">')
      case '/third':
        return html(`<script>location.replace('/form')</script>`)
      case '/form':
        return html(`<form id=f action="https://site.example:${tlsPort()}/final" method=get></form><script>document.getElementById('f').submit()</script>`)
      case '/final?':
        return html(finalPage(tlsPort()))
      case '/to-inside':
        return to(`https://${INSIDE}:${tlsPort()}/redirected`)
      case '/script.js':
        return response.writeHead(200, { 'content-type': 'text/javascript' }).end('window.ran = true')
      case '/worker.js':
        return response.writeHead(200, { 'content-type': 'text/javascript' }).end('self.addEventListener("fetch", () => {})')
      case '/file.bin':
        return response.writeHead(200, { 'content-type': 'application/octet-stream' }).end('downloaded bytes')
      case '/to-pdf':
        return html('<title>Leads on</title><meta http-equiv="refresh" content="0;url=/broken.pdf">')
      case '/broken.pdf':
        return response.writeHead(200, { 'content-type': 'application/pdf' }).end('%PDF-1.7 and no more')
      case '/frames':
        return html(framesPage(port!))
      case '/elsewhere':
        return html('<title>Elsewhere</title>')
      case '/framed':
        return html(FRAMED)
      case '/to-scheme':
        return to('ms-word:ofe|u|https://site.example/a.docx')
      default:
        return response.writeHead(404).end()
    }
  }
