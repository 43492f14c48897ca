// Runs in every page before its own scripts. It tells of writes to the clipboard and of timers, and changes nothing that a page can do.
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
  let timers = 0
  wrap(globalThis, 'setTimeout', (_, [, delay]) => {
    if (delay >= 1000 && delay <= 30000 && timers++ < 100) text('timer', delay)
  })
})()
