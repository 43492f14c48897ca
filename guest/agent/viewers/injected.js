// Runs in every page before its own scripts. It tells of writes to the clipboard, of timers and of a clock that is read again and again, and changes nothing that a page can do.
;(() => {
  const tell = globalThis.vedetteTell
  if (typeof tell !== 'function') return
  delete globalThis.vedetteTell
  const text = (what, value) => {
    try {
      tell(JSON.stringify([what, String(value).slice(0, 4000)]))
    } catch {}
  }
  const wrap = (owner, name, before) => {
    const original = owner?.[name]
    if (typeof original !== 'function') return
    const wrapped = {
      [name](...args) {
        try {
          before(this, args)
        } catch {}
        return Reflect.apply(original, this, args)
      },
    }[name]
    Object.defineProperty(owner, name, { value: wrapped, writable: true, configurable: true, enumerable: true })
  }
  wrap(globalThis.Clipboard?.prototype, 'writeText', (_, [value]) => text('clipboard', value))
  wrap(globalThis.Clipboard?.prototype, 'write', (_, [items]) => {
    for (const item of items ?? [])
      for (const type of item.types)
        if (type.startsWith('text/'))
          item
            .getType(type)
            .then((blob) => blob.text())
            .then(
              (value) => text('clipboard', value),
              () => {},
            )
  })
  wrap(globalThis.DataTransfer?.prototype, 'setData', (self, [, value]) => {
    if (copying === self) text('clipboard', value)
  })
  let copying
  globalThis.addEventListener?.('copy', (event) => (copying = event.clipboardData), true)
  wrap(globalThis.Document?.prototype, 'execCommand', (_, [command]) => {
    if (/^(copy|cut)$/i.test(command)) {
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
    const now = Reflect.apply(clock, globalThis.performance, [])
    measured = reads >= 20000 && now - since < 30000
    if (reads === 1000 || now - since >= 30000) [reads, since] = [1000, now]
    if (measured) text('clock', reads)
  })
  let timers = 0
  wrap(globalThis, 'setTimeout', (_, [, delay]) => {
    if (delay >= 1000 && delay <= 30000 && timers++ < 100) text('timer', delay)
  })
})()
