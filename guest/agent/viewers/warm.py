"""Pages of our own, which a browser shows before the first of a stranger: what they use is started and in memory then."""
import base64
import os

from viewers.sample import pdf

ADDRESS = "http://warm.example/"
HTML = b"""<!doctype html><html lang=en><meta charset=utf-8><title>Warm</title>
<style>body{font:16px sans-serif;margin:20px}h1{font-family:serif;color:#246}.row{display:flex;gap:8px}.card{border:1px solid #999;border-radius:4px;padding:8px;box-shadow:0 1px 3px #0004}
table{border-collapse:collapse}td{border:1px solid #ccc;padding:4px}pre{font-family:monospace}</style>
<h1>Good morning</h1><p>A page with <b>words</b>, a <a href=#below>link</a>, &#1044;&#1086;&#1073;&#1088;&#1099;&#1081; &#20013;&#25991;.
<div class=row><div class=card>one</div><div class=card>two</div></div><table><tr><td>1<td>2<tr><td>3<td>4</table><pre>code</pre>
<img alt=dot src=data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==>
<form><input value=text><textarea>long</textarea><select><option>a<option>b</select><input type=checkbox></form><button id=press>Press</button>
<canvas id=c width=80 height=40></canvas><svg width=60 height=40><circle cx=20 cy=20 r=15 fill=teal /><path d="M30 5L55 35" stroke=red /></svg>
<iframe srcdoc="<p>inside</p>" width=120 height=60></iframe><div style="height:1200px"></div><p id=below>the end</p>
<script>
const paint = document.getElementById('c').getContext('2d')
paint.fillStyle = 'orange'; paint.fillRect(5, 5, 50, 25); paint.fillText('canvas', 8, 20)
class One { constructor(n) { this.n = n } get twice() { return this.n * 2 } }
const sum = [...Array(3000).keys()].map((n) => new One(n).twice).filter((n) => n % 3 === 0).reduce((a, b) => a + b, 0)
const bytes = new Uint8Array(new ArrayBuffer(4096)); bytes.fill(7)
document.getElementById('press').onclick = () => { document.title = 'Pressed'; document.body.append(JSON.stringify({ sum, text: 'a-b-c'.split('-').join('+').replace(/b/g, 'd') })) }
const later = async () => { await Promise.resolve(); console.log('warm', new Date(0).toISOString(), eval('1+1'), Function('return 2')()); setTimeout(() => document.body.append('later'), 10) }
later()
for (let i = 0; i < 20000; i++) Math.sqrt(i)
</script></html>"""


def write_pages(home):
    """Lays the pages into a folder and returns it."""
    folder = os.path.join(home, "Templates")
    os.makedirs(folder, exist_ok=True)
    for name, content in (("warm.html", HTML), ("warm.pdf", pdf())):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)
    return folder


class Site:
    """Answers the requests of one tab with a page of ours: nobody is at the other end of the way out yet."""

    def __init__(self, browser, watch, session):
        self.browser, self.watch, self.session = browser, watch, session

    def __enter__(self):
        self.watch.on_Fetch_requestPaused = self.answer
        self.browser.call("Fetch.enable", {"patterns": [{"urlPattern": ADDRESS + "*"}]}, self.session, within=600)

    def answer(self, params, session):
        content = base64.b64encode(HTML if params["request"]["url"] == ADDRESS else b"").decode()
        told = {"requestId": params["requestId"], "responseCode": 200, "responseHeaders": [{"name": "content-type", "value": "text/html"}], "body": content}
        self.browser.send("Fetch.fulfillRequest", told, session)

    def __exit__(self, *_error):
        self.browser.call("Fetch.disable", {}, self.session, within=600)
        del self.watch.on_Fetch_requestPaused
