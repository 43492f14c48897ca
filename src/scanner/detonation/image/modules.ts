/**
 * The modules that the wanted ones need, in the order in which a kernel takes them. `load` gives a module's file; modules that are part of the kernel itself
 * have none. Throws where a wanted module has none.
 */
export function modulesInOrder(wanted: readonly string[], load: (name: string) => Buffer | undefined): { name: string; bytes: Buffer }[] {
  const found = new Map<string, Buffer>()
  const visit = (name: string, path: readonly string[]) => {
    if (found.has(name) || path.includes(name)) return
    const bytes = load(name)
    if (!bytes) throw new Error(`the kernel has no module ${name}`)
    for (const needed of dependenciesOf(bytes)) visit(needed, [...path, name])
    found.set(name, bytes)
  }
  for (const name of wanted) visit(name, [])
  return [...found].map(([name, bytes]) => ({ name, bytes }))
}

/** What a module says of itself in its section `.modinfo`: `depends=`, names separated by commas, until a zero byte. */
function dependenciesOf(module: Buffer): string[] {
  const start = module.indexOf('\0depends=')
  if (start < 0) return []
  const text = module.toString('latin1', start + 9, module.indexOf(0, start + 9))
  return text.split(',').filter(Boolean)
}
