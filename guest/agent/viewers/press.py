"""Finds what a visitor would press on a page, in its frames and open shadow trees too, and presses it."""
import itertools
import time

MOST_PRESSED = 6
MOST_FRAMES = 8

# What a visitor would press: not links that lead elsewhere, which nobody asked to visit. In a frame only what is in sight of it, from its own corner; otherwise from the
# top of the document. A form or a document can be made to hide its own methods behind elements of their names.
TARGETS = """((inFrame) => {
  const found = [], seen = new Set()
  const here = location.href.split('#')[0]
  const { matches, hasAttribute, getBoundingClientRect } = Element.prototype
  const shadow = Object.getOwnPropertyDescriptor(Element.prototype, 'shadowRoot').get
  const parentElement = Object.getOwnPropertyDescriptor(Node.prototype, 'parentElement').get
  const all = (root, selector) => [...(root === document ? Document : DocumentFragment).prototype.querySelectorAll.call(root, selector)]
  const roots = [document]
  for (const root of roots) for (const one of all(root, '*').slice(0, 20000)) if (roots.length < 200 && shadow.call(one)) roots.push(shadow.call(one))
  const every = (selector) => roots.flatMap((root) => all(root, selector))
  const inviting = (one) => one && getComputedStyle(one).cursor === 'pointer'
  // What only a script makes one that can be pressed looks so, mostly.
  const looks = every('div,span,p,li,td,img,svg,canvas,h1,h2,h3').slice(0, 400).filter((one) => inviting(one) && !inviting(parentElement.call(one)))
  for (const one of every('button,input[type=button],input[type=submit],input[type=image],input[type=checkbox],[onclick],[role=button],[role=checkbox],label,a[href],area[href],embed,object,video').concat(looks)) {
    if (matches.call(one, 'a,area') && !hasAttribute.call(one, 'onclick') && !hasAttribute.call(one, 'download')) {
      const scheme = one.protocol
      if (/^https?:$/.test(scheme) && one.href.split('#')[0] !== here) continue
      if (scheme === 'mailto:' || scheme === 'tel:') continue
    }
    const box = getBoundingClientRect.call(one)
    if (box.width < 4 || box.height < 4) continue
    const x = Math.round(box.left + box.width / 2), y = Math.round(box.top + box.height / 2)
    if (inFrame && !(x >= 0 && y >= 0 && x < innerWidth && y < innerHeight)) continue
    const key = x + ' ' + y
    if (seen.has(key)) continue
    seen.add(key)
    found.push([x, inFrame ? y : Math.round(y + scrollY)])
    if (found.length >= 50) break
  }
  return found
})(%s)"""
# Presses without the mouse, whatever tree the element is in.
CLICK = """(([x, y]) => {
  let one = Document.prototype.elementFromPoint.call(document, x, y)
  for (let inner = one; inner;) {
    inner = inner.shadowRoot?.elementFromPoint(x, y)
    if (!inner || inner === one) break
    one = inner
  }
  one?.click()
})([%d, %d])"""
# Frames that a visitor sees.
FRAMES = "[...Document.prototype.querySelectorAll.call(document, 'iframe,frame')].filter((one) => one.clientWidth > 40 && one.clientHeight > 20).length"


class Hand:
    """Presses what is on the page of a visit. Afterwards `pressed` and `unpressed` are how many things were, and how many more could have been, `unseen` how many frames it could not look into."""

    def __init__(self, visit, height):
        self.visit, self.height = visit, height
        self.pressed = self.unpressed = self.unseen = 0

    def work(self):
        """Presses one thing after the other, each once, and looks anew after each."""
        visit, done = self.visit, set()
        for _ in range(MOST_PRESSED):
            found = self.find()
            if found is None and not visit.over():
                visit.say({"kind": "dropped", "of": "what could be pressed", "count": 1})
            targets = [one for one in found or [] if one not in done]
            self.unpressed = len(targets)
            if not targets or visit.over():
                break
            done.add(targets[0])
            self.pressed, self.unpressed = len(done), len(targets) - 1
            self.press(*targets[0])
            visit.settle()

    def find(self):
        """What could be pressed, `(frame, x, y)` each, the first of every frame before any second one; None where the page does not answer."""
        found = self.visit.evaluate(TARGETS % "false")
        if found is None:
            return None
        lists = [[(None, x, y) for x, y in found]]
        looked = 0
        for frame, direct in self.frames():
            inside = self.visit.evaluate(TARGETS % "true", frame) if self.corner(frame) else None
            if inside is not None:
                looked += direct
                lists.append([(frame, x, y) for x, y in inside])
        self.unseen = max(0, int(self.visit.evaluate(FRAMES) or 0) - looked)
        return [one for row in itertools.zip_longest(*lists) for one in row if one]

    def frames(self):
        """Frames of the page, and whether each stands in the page itself."""
        tree = self.visit.call("Page.getFrameTree") or {}
        waiting = [(child, True) for child in tree.get("frameTree", {}).get("childFrames", [])]
        found = []
        while waiting and len(found) < MOST_FRAMES:
            branch, direct = waiting.pop(0)
            found.append((branch["frame"]["id"], direct))
            waiting += [(child, False) for child in branch.get("childFrames", [])]
        return found

    def corner(self, frame):
        """Where a frame begins in what is shown; None for one that nobody sees."""
        owner = self.visit.call("DOM.getFrameOwner", {"frameId": frame})
        shown = owner and self.visit.call("DOM.getContentQuads", {"backendNodeId": owner["backendNodeId"]})
        left, top, right, _, _, bottom = shown["quads"][0][:6] if shown and shown["quads"] else (0,) * 6
        return (round(left), round(top)) if right - left > 40 and bottom - top > 20 else None

    def place(self, frame, x, y):
        """Where a target lies in what is shown; None for one that is gone."""
        if frame is None:
            return x, y - int(self.visit.evaluate("Math.round(scrollY)") or 0)
        corner = self.corner(frame)
        return corner and (corner[0] + x, corner[1] + y)

    def press(self, frame, x, y):
        visit = self.visit
        at = self.place(frame, x, y)
        if at:
            visit.evaluate("scrollBy({ top: %d, behavior: 'instant' })" % (at[1] - self.height // 2))
            at = self.place(frame, x, y)
        if not at:
            return
        if visit.watch.schemes:
            # The browser's question about the other program lies over the page and takes the mouse.
            visit.evaluate(CLICK % (at if frame is None else (x, y)), frame)
        else:
            for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
                visit.mouse(kind, *at)
        visit.watch.last_activity = time.monotonic()
        visit.browser.pump(0.3)
