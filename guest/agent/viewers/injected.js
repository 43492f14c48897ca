// Runs in every page before its own scripts. It tells of writes to the clipboard, of timers and of a clock that is read again and again, and changes nothing that a page can do.
;(() => {
  const tell = globalThis.vedetteTell
  if (typeof tell !== 'function') return
  delete globalThis.vedetteTell
  // As they are before the page can change them.
  const { stringify } = JSON
  const { apply } = Reflect
  const Proxied = Proxy
  const { slice, toLowerCase: lower } = String.prototype
  const string = String
  const { performance } = globalThis
  const text = (what, value) => {
    try {
      tell('["' + what + '",' + stringify(apply(slice, string(value), [0, 4000])) + ']')
    } catch {}
  }
  const wrap = (owner, name, before) => {
    const original = owner?.[name]
    if (typeof original !== 'function') return
    // A page that looks at it sees a function of the browser.
    const wrapped = new Proxied(original, {
      apply(_, self, args) {
        try {
          before(self, args)
        } catch {}
        return apply(original, self, args)
      },
    })
    Object.defineProperty(owner, name, { value: wrapped, writable: true, configurable: true, enumerable: true })
  }
  wrap(globalThis.Clipboard?.prototype, 'writeText', (_, args) => text('clipboard', args[0]))
  const { getType } = globalThis.ClipboardItem?.prototype ?? {}
  const { text: read } = Blob.prototype
  const then = Promise.prototype.then
  wrap(globalThis.Clipboard?.prototype, 'write', (_, args) => {
    // What can be gone through once only is gone through here.
    args[0] = [...args[0]]
    for (let n = 0; n < args[0].length && n < 20; n++) {
      const give = (type) => {
        const given = apply(then, apply(getType, args[0][n], [type]), [(blob) => apply(read, blob, [])])
        void apply(then, given, [(value) => text('clipboard', value), () => {}])
      }
      give('text/plain')
      give('text/html')
    }
  })
  wrap(globalThis.DataTransfer?.prototype, 'setData', (self, args) => {
    if (copying === self) text('clipboard', args[1])
  })
  wrap(globalThis.DataTransferItemList?.prototype, 'add', (self, args) => {
    if (typeof args[0] === 'string' && copying?.items === self) text('clipboard', args[0])
  })
  let copying
  for (const way of ['copy', 'cut']) globalThis.addEventListener?.(way, (event) => (copying = event.clipboardData), true)
  wrap(globalThis.Document?.prototype, 'execCommand', (_, args) => {
    const command = apply(lower, string(args[0]), [])
    if (command === 'copy' || command === 'cut') {
      const active = document.activeElement
      const chosen =
        active && 'selectionStart' in active
          ? active.value.slice(active.selectionStart ?? 0, active.selectionEnd ?? undefined)
          : String(document.getSelection())
      if (chosen) text('clipboard', chosen)
    }
  })
  // Reading the clock again and again in one go is how a script measures what memory it reached.
  let [reads, since, measured] = [0, 0, false]
  const clock = globalThis.Performance?.prototype.now
  wrap(globalThis.Performance?.prototype, 'now', () => {
    if (measured || ++reads % 1000 > 0) return
    const now = apply(clock, performance, [])
    measured = reads >= 20000 && now - since < 30000
    if (reads === 1000 || now - since >= 30000) [reads, since] = [1000, now]
    if (measured) text('clock', reads)
  })
  // Told is whatever would be waited for longer than what was told before.
  let [short, latest] = [0, 0]
  const timer = (delay) => {
    const end = apply(clock, performance, []) + delay
    if (delay < 1000 ? short++ < 300 : end > latest + 100) text('timer', delay)
    if (delay >= 1000 && end > latest + 100) latest = end
  }
  wrap(globalThis, 'setTimeout', (_, args) => {
    const delay = args[1]
    if (delay >= 50 && delay <= 30000) timer(delay)
  })
  wrap(globalThis, 'setInterval', (_, args) => {
    const delay = args[1]
    if (delay <= 30000) timer(delay < 1000 ? 1000 : delay)
  })
})()
