"""Finds what a visitor would press on a page, in its frames and open shadow trees too, and presses it."""
import itertools
import time

MOST_PRESSED = 6
# Places tried, of which some may turn out to be covered.
MOST_TRIED = 12
# Frames that are asked whether they are in sight, and those in sight that are looked into.
MOST_FRAMES = 50
MOST_LOOKED_INTO = 8
# Frames together are looked into for no longer than this, each time.
LOOKING_SECONDS = 4.0
LEAST_FRAME = (40, 20)

# A form or a document can be made to hide its own methods and properties behind elements of their names, in every world: they are taken from the prototypes.
# What a visitor would press: not links that lead elsewhere, which nobody asked to visit. Of the page `[x, y]` from the top of the document, in pixels; of a frame only what
# is in sight of it, in parts of its width and height.
TARGETS = """((inFrame) => {
  const found = [], seen = new Set()
  const here = location.href.split('#')[0]
  const get = (proto, name) => Object.getOwnPropertyDescriptor(proto, name).get
  const { matches, hasAttribute, getBoundingClientRect } = Element.prototype
  const shadow = get(Element.prototype, 'shadowRoot'), parentElement = get(Node.prototype, 'parentElement')
  const all = (root, selector, most) => {
    const list = (root === document ? Document : DocumentFragment).prototype.querySelectorAll.call(root, selector)
    return Array.from({ length: Math.min(list.length, most) }, (_, i) => list[i])
  }
  const roots = [document]
  for (const root of roots) for (const one of all(root, '*', 20000)) if (roots.length < 50 && shadow.call(one)) roots.push(shadow.call(one))
  const every = (selector, most) => roots.flatMap((root) => all(root, selector, most))
  const inviting = (one) => one && getComputedStyle(one).cursor === 'pointer'
  // What only a script makes one that can be pressed looks so, mostly.
  const looks = every('div,span,p,li,td,img,svg,canvas,h1,h2,h3', 400).slice(0, 400).filter((one) => inviting(one) && !inviting(parentElement.call(one)))
  const named = every('button,input[type=button],input[type=submit],input[type=image],input[type=checkbox],[onclick],[role=button],[role=checkbox],label,a[href],area[href],embed,object,video', 5000)
  for (const one of named.concat(looks)) {
    if (matches.call(one, 'a,area') && !hasAttribute.call(one, 'onclick') && !hasAttribute.call(one, 'download')) {
      const scheme = one.protocol
      if (/^https?:$/.test(scheme) && one.href.split('#')[0] !== here) continue
      if (scheme === 'mailto:' || scheme === 'tel:') continue
    }
    const box = getBoundingClientRect.call(one)
    if (box.width < 4 || box.height < 4) continue
    const x = box.left + box.width / 2, y = box.top + box.height / 2
    if (inFrame && !(x >= 0 && y >= 0 && x < innerWidth && y < innerHeight)) continue
    const at = inFrame ? [x / innerWidth, y / innerHeight] : [Math.round(x), Math.round(y + scrollY)]
    const key = at.map((one) => one.toFixed(4)).join(' ')
    if (seen.has(key)) continue
    seen.add(key)
    found.push(at)
    if (found.length >= 50) break
  }
  return found
})(%s)"""
# Presses without the mouse, whatever tree the element is in; in a frame at parts of its width and height.
CLICK = """(([x, y], inFrame) => {
  const shadow = Object.getOwnPropertyDescriptor(Element.prototype, 'shadowRoot').get
  const at = inFrame ? [x * innerWidth, y * innerHeight] : [x, y]
  let one = Document.prototype.elementFromPoint.apply(document, at)
  for (let root = one && shadow.call(one); root;) {
    const inner = ShadowRoot.prototype.elementFromPoint.apply(root, at)
    if (!inner || inner === one) break
    one = inner
    root = shadow.call(one)
  }
  if (one instanceof HTMLElement) HTMLElement.prototype.click.call(one)
  else one && EventTarget.prototype.dispatchEvent.call(one, new MouseEvent('click', { bubbles: true, cancelable: true, composed: true }))
})([%r, %r], %s)"""


class Hand:
    """Presses what is on the page of a visit. Afterwards `pressed` and `unpressed` are how many things were, and how many more could have been, `unseen` how many frames in sight were not looked into."""

    def __init__(self, visit, height):
        self.visit, self.height = visit, height
        self.pressed = self.unpressed = self.unseen = 0

    def work(self):
        """Presses one thing after the other, each once, and looks anew after each."""
        visit, tried = self.visit, set()
        while True:
            found = self.find()
            if found is None and not visit.over():
                visit.say({"kind": "dropped", "of": "what could be pressed", "count": 1})
            targets = [one for one in found or [] if one not in tried]
            self.unpressed = len(targets)
            if not targets or visit.over() or self.pressed >= MOST_PRESSED or len(tried) >= MOST_TRIED:
                return
            tried.add(targets[0])
            if self.press(*targets[0]):
                self.pressed += 1
                visit.settle()

    def find(self):
        """What could be pressed, `(frame, x, y)` each, the first of every frame before any second one; None where the page does not answer."""
        found = pairs(self.visit.evaluate(TARGETS % "false"))
        if found is None:
            return None
        lists = [[(None, x, y) for x, y in found]]
        until = time.monotonic() + LOOKING_SECONDS
        page = self.visit.page()
        # The browser's own viewer of a PDF inside a page is no frame of the page's process.
        self.unseen = sum(1 for session, kind in self.visit.watch.sessions.items() if kind in ("iframe", "webview", "other") and self.visit.watch.parents.get(session) == page)
        for frame in self.frames():
            if self.visit.over():
                break
            if not self.quad(frame):
                continue
            looked = len(lists) <= MOST_LOOKED_INTO and time.monotonic() < until
            inside = pairs(self.visit.evaluate(TARGETS % "true", frame, 1000)) if looked else None
            if inside is None:
                self.unseen += 1
            else:
                lists.append([(frame, x, y) for x, y in inside])
        return [one for row in itertools.zip_longest(*lists) for one in row if one]

    def frames(self):
        """Frames of the page and in these, those further out first."""
        tree = self.visit.call("Page.getFrameTree") or {}
        waiting = list(tree.get("frameTree", {}).get("childFrames", []))
        found = []
        while waiting and len(found) < MOST_FRAMES:
            branch = waiting.pop(0)
            found.append(branch["frame"]["id"])
            waiting += branch.get("childFrames", [])
        return found

    def quad(self, frame):
        """The corners of what a frame shows, as `[x, y, ...]` clockwise from the upper left in what is shown of the page; None for one that nobody sees."""
        owner = self.visit.call("DOM.getFrameOwner", {"frameId": frame})
        shown = owner and self.visit.call("DOM.getContentQuads", {"backendNodeId": owner["backendNodeId"]})
        quad = shown["quads"][0] if shown and shown.get("quads") else []
        if len(quad) != 8 or not all(isinstance(one, (int, float)) for one in quad):
            return None
        width, height = (max(quad[at::2]) - min(quad[at::2]) for at in (0, 1))
        return quad if width > LEAST_FRAME[0] and height > LEAST_FRAME[1] else None

    def place(self, frame, x, y):
        """Where a target lies in what is shown; None for one that is gone."""
        if frame is None:
            return x, y - self.scrolled()
        quad = self.quad(frame)
        return quad and tuple(round(quad[at] + (quad[at + 2] - quad[at]) * x + (quad[at + 6] - quad[at]) * y) for at in (0, 1))

    def scrolled(self):
        scrolled = self.visit.evaluate("scrollY")
        return round(scrolled) if isinstance(scrolled, (int, float)) else 0

    def press(self, frame, x, y):
        """Presses it; False for one in a frame that is gone by now, or where something else lies: a visitor could not."""
        visit = self.visit
        at = self.place(frame, x, y)
        if at:
            visit.evaluate("scrollBy({ top: %d, behavior: 'instant' })" % (at[1] - self.height // 2))
            at = self.place(frame, x, y)
        if not at or frame and not self.lies(frame, *at):
            return False
        if visit.watch.schemes:
            # The browser's question about the other program lies over the page and takes the mouse.
            visit.evaluate(CLICK % ((*at, "false") if frame is None else (x, y, "true")), frame)
        else:
            for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
                visit.mouse(kind, *at)
        visit.watch.last_activity = time.monotonic()
        visit.browser.pump(0.3)
        return True

    def lies(self, frame, x, y):
        """Whether that frame is what the mouse would meet there, which the browser is asked from the top of the document."""
        met = self.visit.call("DOM.getNodeForLocation", {"x": x, "y": y + self.scrolled(), "ignorePointerEventsNone": False})
        return bool(met) and met.get("frameId") == frame


def pairs(value):
    """A list of pairs of numbers, as asked for; None for anything else, which a page may have made of it."""
    if not isinstance(value, list) or not all(isinstance(one, list) and len(one) == 2 and all(isinstance(part, (int, float)) for part in one) for one in value):
        return None
    return [tuple(one) for one in value]
